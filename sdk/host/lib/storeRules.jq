# Rules of CORS and lifecycle in one shape, from the words that S3 has for them.

def rule_lifecycle:
    {
        id: (.ID // null), enabled: (.Status == "Enabled"), prefix: (.Filter.Prefix // null | if . == "" then null else . end),
        days: (.Expiration.Days // null), abort: (.AbortIncompleteMultipartUpload.DaysAfterInitiation // null)
    }
    + if .Expiration.Date or .Filter.And or .Filter.ObjectSizeGreaterThan or .Filter.ObjectSizeLessThan then {more: true} else {} end;
def rule_cors:
    {
        origins: (.AllowedOrigin // []), methods: (.AllowedMethod // []), headers: (.AllowedHeader // []), expose: (.ExposeHeader // []),
        age: (.MaxAgeSeconds // null)
    };

# As the admin API tells them, from 2.4 on; `raw`: to be written again as it is.
def rules_told: if $rules == "admin" then {cors: (.corsRules // [] | map(rule_cors + {raw: .})), lifecycle: (.lifecycleRules // [] | map(rule_lifecycle + {raw: .}))} else {} end;
def s3_of($kind): nonsense;
