# What the CLI of 0.7 says.

# 0.7's CLI: what follows a heading, up to an empty line.
def below($heading): lines as $all | ($all | map(startswith($heading)) | index(true)) as $at
    | if $at == null then nonsense else $all[$at + 1:] | .[:(map(. == "") | index(true)) // length] end;
def after_heading($heading): [lines[] | select(startswith($heading))][0] // nonsense | .[$heading | length:];
def keys_of: [below("List of keys:")[] | capture("\\A  (?<id>\\S+)  +(?<name>.*)\\z") // nonsense | .id |= key_id | .name |= shown];
def buckets_of:
    [below("List of buckets:")[] | gsub("\\[[0-9]+ local aliases\\]"; "") | cells | {
        id: (last | hex(64)),
        aliases: ([.[:-1][] | select(contains(":") | not) | split(",")[] | plain]),
        local: ([.[:-1][] | select(contains(":")) | split(":") | {key: (.[0] | shown), alias: (.[1] | shown)}])
    }];
def text_flags: {read: contains("R"), write: contains("W"), owner: contains("O")};
def text_rights: [.[] | {flags: .[2:5], id: (.[5:] | cells[0] | key_id)} | {id, local: []} + (.flags | text_flags)];
# What the website shows isn't told: where it is on, it is what was set here last ($shown: in this very run).
def bucket_of($set):
    [below("Key-specific aliases:")[] | {id: (cells[0] | key_id), local: (cells[-1] | alias_there)}] as $local
    | (below("Authorized keys:") | text_rights) as $rights
    | {
        id: (after_heading("Bucket: ") | hex(64)), aliases: [below("Global aliases:")[] | trimmed | alias_there],
        website: (if after_heading("Website access: ") == "true" then ($shown | if . == "" then $set.website // {} else fromjson end) else null end),
        keys: [([$local[], $rights[]] | map(.id) | unique)[] as $id
            | {id: $id, local: [$local[] | select(.id == $id) | .local]} + ([$rights[] | select(.id == $id)][0] // none | flags)],
        objects: null, uploads: null, bytes: null, quotas: {size: null, objects: null}
    };
# A bucket's id is cut there: whoever needs it whole has the list.
def key_of($buckets):
    def whole_id: . as $cut | [$buckets[] | select(startswith($cut))][0] // nonsense;
    [below("Key-specific bucket aliases:")[] | cells | {id: (last | hex(64)), local: (.[0] | alias_there)}] as $local
    | [below("Authorized buckets:")[] | {flags: .[2:5], id: (cells[-1] | whole_id)} | {id} + (.flags | text_flags)] as $rights
    | {
        id: (after_heading("Key ID: ") | key_id), name: (after_heading("Key name: ") | shown), secret: after_heading("Secret key: "),
        createBucket: (after_heading("Can create buckets: ") == "true"), expires: null,
        buckets: [([$local[], $rights[]] | map(.id) | unique)[] as $id
            | {id: $id, aliases: [], local: [$local[] | select(.id == $id) | .local]} + ([$rights[] | select(.id == $id)][0] // none | flags)]
    };

