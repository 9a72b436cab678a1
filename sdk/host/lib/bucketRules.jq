# Rules of CORS and lifecycle of a bucket: what is wanted against what is there. bucketNoRules.jq stands for it where nobody names or has set any.

# What is named, else nothing where it was set from here; null where it stays as it is.
def rules($named; $set; $exclusive): if $named != null then $named elif $set == true or $exclusive then [] else null end;
def wanted_lifecycle: map({id: (.id // null), enabled: true, prefix: (.prefix // null | if . == "" then null else . end), days: (.expireAfterDays // null), abort: (.abortUploadsAfterDays // null)});
def wanted_cors: map({origins, methods, headers: (.headers // []), expose: (.exposeHeaders // []), age: (.maxAgeSeconds // null)});

def opt($key; $value): if $value == null then {} else {($key): $value} end;
def lifecycle_body: map(opt("ID"; .id) + {Status: "Enabled"} + opt("Filter"; if .prefix then {Prefix: .prefix} else null end)
    + opt("Expiration"; if .days then {Days: .days} else null end) + opt("AbortIncompleteMultipartUpload"; if .abort then {DaysAfterInitiation: .abort} else null end));
def cors_body: map({AllowedOrigin: .origins, AllowedMethod: .methods, AllowedHeader: .headers, ExposeHeader: .expose} + opt("MaxAgeSeconds"; .age));
# As S3 wants it: what is an array stands several times.
def xml: if type == "object" then to_entries | map(.key as $tag | .value | if type == "array" then map("<\($tag)>\(xml)</\($tag)>") | join("") else "<\($tag)>\(xml)</\($tag)>" end) | join("")
    elif type == "number" then whole else tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;") end;
def document($root; $tag): "<\($root) xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(map("<\($tag)>\(xml)</\($tag)>") | join(""))</\($root)>";

# $what: its name in S3; $key: in the admin API. $wanted null: it stays as it is.
def rule_change($id; $what; $key; $told; $wanted; $has; body; document):
    if $wanted == null or $wanted == $has then {told: [], body: [], acts: []}
    elif $rules == "admin" then {told: ["\($told) \(if $wanted == [] then "removed" else "set" end)"], body: ["\"\($key)\":" + ($wanted | body | tojson)], acts: []}
    elif $wanted == [] then {told: [], body: [], acts: [["\($told) removed", "s3", "DELETE", $id, $what, ""]]}
    else {told: [], body: [], acts: [["\($told) set", "s3", "PUT", $id, $what, ($wanted | body | document)]]} end;

def rule_changes($world; $id; $want; $set):
    $world.bucket[$id] as $has
    | [
        rule_change($id; "lifecycle"; "lifecycleRules"; "lifecycle rules"; rules($want.lifecycle; $set.lifecycle; $want.exclusive == true) | if . then wanted_lifecycle else . end;
            $has.lifecycle // $world.s3[$id].lifecycle // []; lifecycle_body; document("LifecycleConfiguration"; "Rule")),
        rule_change($id; "cors"; "corsRules"; "CORS rules"; rules($want.cors; $set.cors; $want.exclusive == true) | if . then wanted_cors else . end;
            $has.cors // $world.s3[$id].cors // []; cors_body; document("CORSConfiguration"; "CORSRule"))
    ]
    | {told: map(.told[]), body: map(.body[]), acts: map(.acts[])};

# Where the admin API doesn't tell them; up to 0.8 there are none of lifecycle.
def rule_asks($world; $id; $want; $set):
    if $rules == "admin" then empty else
        ("cors", if $series | IN("0.7", "0.8") then empty else "lifecycle" end) as $what
        | if rules($want[$what]; $set[$what]; $want.exclusive == true) != null and $world.s3[$id][$what] == null then "\($what).\($id)" else empty end
    end;
