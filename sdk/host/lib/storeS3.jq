# Rules of CORS and lifecycle as S3 tells them; and whether there are objects.

def unxml: gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&quot;"; "\"") | gsub("&apos;|&#39;"; "'") | gsub("&amp;"; "&");
def tags($tag): [scan("<\($tag)>(.*?)</\($tag)>") | .[0]];
def tag($tag): tags($tag)[0] // null | if . then unxml else null end;
def count_tag($tag): tag($tag) | if . then number else null end;
def lifecycle_xml:
    tags("Rule") | map(. as $raw
        | {ID: tag("ID"), Status: tag("Status"), Filter: {Prefix: tag("Prefix"), And: (tags("And")[0] // null)}, Expiration: {Days: count_tag("Days"), Date: tag("Date")},
            AbortIncompleteMultipartUpload: {DaysAfterInitiation: count_tag("DaysAfterInitiation")}}
        | if .Filter.And then .Filter.Prefix = null else . end
        | rule_lifecycle + {$raw});
def cors_xml:
    tags("CORSRule") | map(. as $raw
        | {AllowedOrigin: (tags("AllowedOrigin") | map(unxml)), AllowedMethod: tags("AllowedMethod"), AllowedHeader: (tags("AllowedHeader") | map(unxml)),
            ExposeHeader: (tags("ExposeHeader") | map(unxml)), MaxAgeSeconds: count_tag("MaxAgeSeconds")} | rule_cors + {$raw});
def s3_of($kind): if $kind == "cors" then cors_xml elif $kind == "lifecycle" then lifecycle_xml elif $kind == "objects" then tags("Contents") | length else tags("Upload") | length end;
