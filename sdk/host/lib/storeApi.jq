# What the admin API answers, v0 to v2.

def keys_of: fromjson | map({id: (.id | key_id), name: (.name | shown)});
def buckets_of: fromjson | map({id: (.id | hex(64)), aliases: (.globalAliases | map(plain)), local: (.localAliases | map({key: .accessKeyId, alias}))});
def bucket_of($set):
    fromjson
    | {
        id: (.id | hex(64)), aliases: (.globalAliases | map(plain)),
        website: (if .websiteAccess then {index: .websiteConfig.indexDocument, error: (.websiteConfig.errorDocument // null)} else null end),
        keys: (.keys | map({id: (.accessKeyId | key_id), local: (.bucketLocalAliases | map(plain))} + (.permissions | flags))),
        objects, uploads: ([.unfinishedUploads, .unfinishedMultipartUploads // 0] | max), bytes, quotas: {size: .quotas.maxSize, objects: .quotas.maxObjects}
    } + rules_told;
def key_of($buckets):
    fromjson
    | {
        id: (.accessKeyId | key_id), name: (.name | shown), secret: .secretAccessKey, createBucket: (.permissions.createBucket == true), expires: (.expiration // null),
        buckets: (.buckets | map({id: (.id | hex(64)), aliases: .globalAliases, local: .localAliases} + (.permissions | flags)))
    };

