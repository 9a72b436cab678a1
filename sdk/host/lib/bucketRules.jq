# Rules of CORS and lifecycle of a bucket: what is wanted against what is there. bucketNoRules.jq stands for it where nobody names or has set any.

# A rule of lifecycle is known by its id, one of CORS by its origins and methods.
def lifecycle_name: .id;
def cors_name: [.origins, .methods];

# Are rules named, or were some set from here, or are those of others to go? Else all stay as they are.
def rules_touched($named; $set; $exclusive): $named != null or $set != [] or $exclusive;
# Those that are named, before those of others: of two for one origin Garage takes the first.
def rules($named; $set; $exclusive; $has; name):
    ([$named[] | name] + $set) as $ours
    | $named + if $exclusive then [] else [$has[] | (name) as $name | select(all($ours[]; . != $name))] end;
def wanted_lifecycle: map({id: (.id // null), enabled: true, prefix: (.prefix // null | if . == "" then null else . end), days: (.expireAfterDays // null), abort: (.abortUploadsAfterDays // null)});
def wanted_cors: map({origins, methods, headers: (.headers // []), expose: (.exposeHeaders // []), age: (.maxAgeSeconds // null)});

def opt($key; $value): if $value == null then {} else {($key): $value} end;
# What others have set is written as it was told.
def lifecycle_body: map(.raw // opt("ID"; .id) + {Status: "Enabled"} + opt("Filter"; if .prefix then {Prefix: .prefix} else null end)
    + opt("Expiration"; if .days then {Days: .days} else null end) + opt("AbortIncompleteMultipartUpload"; if .abort then {DaysAfterInitiation: .abort} else null end));
def cors_body: map(.raw // {AllowedOrigin: .origins, AllowedMethod: .methods, AllowedHeader: .headers, ExposeHeader: .expose} + opt("MaxAgeSeconds"; .age));
# As S3 wants it: what is an array stands several times.
def xml: if type == "object" then to_entries | map(.key as $tag | .value | if type == "array" then map("<\($tag)>\(xml)</\($tag)>") | join("") else "<\($tag)>\(xml)</\($tag)>" end) | join("")
    elif type == "number" then whole else tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;") end;
def document($root; $tag): "<\($root) xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(map("<\($tag)>\(if type == "string" then . else xml end)</\($tag)>") | join(""))</\($root)>";

# $what: its name in S3; $key: in the admin API.
def rule_change($id; $what; $key; $told; $wanted; $has; body; document):
    if ($wanted | map(del(.raw))) == ($has | map(del(.raw))) then {told: [], body: [], acts: []}
    elif $rules == "admin" then {told: ["\($told) \(if $wanted == [] then "removed" else "set" end)"], body: ["\"\($key)\":" + ($wanted | body | tojson)], acts: []}
    elif $wanted == [] then {told: [], body: [], acts: [["\($told) removed", "s3", "DELETE", $id, $what, ""]]}
    elif any($wanted[]; .raw // "" | test(">\\s|\\s<")) then reason("bucket-rule-foreign"; "one of the \($told) that others have set has a blank at an end, which Garage cuts off when it is written again beside those that are named here; nothing was touched: take that rule away, or set exclusive: true, which does")
    else {told: [], body: [], acts: [["\($told) set", "s3", "PUT", $id, $what, ($wanted | body | document)]]} end;

def rule_changes($world; $id; $want; $set):
    $world.bucket[$id] as $has
    | ($want.exclusive == true) as $exclusive
    | ($has.lifecycle // $world.s3[$id].lifecycle // []) as $lifecycle
    | ($has.cors // $world.s3[$id].cors // []) as $cors
    | [
        if rules_touched($want.lifecycle; $set.lifecycle | names; $exclusive) then
            rule_change($id; "lifecycle"; "lifecycleRules"; "lifecycle rules"; rules($want.lifecycle // [] | wanted_lifecycle; $set.lifecycle | names; $exclusive; $lifecycle; lifecycle_name);
                $lifecycle; lifecycle_body; document("LifecycleConfiguration"; "Rule")) else empty end,
        if rules_touched($want.cors; $set.cors | names; $exclusive) then
            rule_change($id; "cors"; "corsRules"; "CORS rules"; rules($want.cors // [] | wanted_cors; $set.cors | names; $exclusive; $cors; cors_name);
                $cors; cors_body; document("CORSConfiguration"; "CORSRule")) else empty end
    ]
    | {told: map(.told[]), body: map(.body[]), acts: map(.acts[])};

# Where the admin API doesn't tell them; up to 0.8 there are none of lifecycle.
def rule_asks($world; $id; $want; $set):
    if $rules == "admin" then empty else
        ("cors", if $series | IN("0.7", "0.8") then empty else "lifecycle" end) as $what
        | if rules_touched($want[$what]; $set[$what] | names; $want.exclusive == true) and $world.s3[$id][$what] == null then "\($what).\($id)" else empty end
    end;
