# What the admin API answers, v0 to v2.

def keys_of: fromjson | map({id: (.id | key_id), name: (.name | shown)});
def buckets_of: fromjson | map({id: (.id | hex(64)), aliases: (.globalAliases | map(plain)), local: (.localAliases | map({key: (.accessKeyId | shown), alias: (.alias | shown)}))});
def bucket_of($set):
    fromjson
    | {
        id: (.id | hex(64)), aliases: (.globalAliases | map(alias_there)),
        website: (if .websiteAccess then .websiteConfig | {index: (.indexDocument | text_or_none), error: (.errorDocument | text_or_none)} else null end),
        keys: (.keys | map({id: (.accessKeyId | key_id), local: (.bucketLocalAliases | map(alias_there))} + (.permissions | flags))),
        objects: (.objects | count_or_none), uploads: ([.unfinishedUploads, .unfinishedMultipartUploads // 0 | count_or_none] | max), bytes: (.bytes | count_or_none),
        quotas: (.quotas | {size: (.maxSize | count_or_none), objects: (.maxObjects | count_or_none)})
    } + rules_told;
def key_of($buckets):
    fromjson
    | {
        id: (.accessKeyId | key_id), name: (.name | shown), secret: (.secretAccessKey | text_or_none), createBucket: (.permissions.createBucket == true),
        expires: (.expiration | text_or_none),
        buckets: (.buckets | map({id: (.id | hex(64)), aliases: (.globalAliases | map(shown)), local: (.localAliases | map(alias_there))} + (.permissions | flags)))
    };

