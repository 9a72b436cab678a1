# What becomes of a bucket that a program declares: $want against what is there. Pure. One call gives the next acts, all that can be done at
# once, or says that nothing is left to do; whatever was cut short anywhere goes on from what is there.
# Rules of CORS and lifecycle: bucketRules.jq. Globals besides store.jq's: $own, $others (SHA-256 of the owner's URN, cut to 40 digits, and of those
# that it had), $record ({id, set} or null), $temporary (the key that this very call asks S3 with).

# What doesn't fit is named; nothing where all does.
def unfit:
    (.aliases, .keys, .lifecycle // [], .cors // [] | select(type != "array")),
    (.aliases[], .keys[].accessKeyId, (.website // empty | .indexDocument) | select(type != "string" or . == "")),
    ((.quotas | .maxSizeBytes, .maxObjects), (.lifecycle // [] | .[] | .expireAfterDays, .abortUploadsAfterDays), (.cors // [] | .[].maxAgeSeconds)
        | select(. != null and (type != "number" or . < 0 or . != floor))),
    (.lifecycle // [] | .[] | select(.expireAfterDays == 0 or .abortUploadsAfterDays == 0 or (.expireAfterDays == null and .abortUploadsAfterDays == null))),
    (.cors // [] | .[] | .origins, .methods | select(length == 0)),
    (.lifecycle // [] | (.[].id | select(type != "string" or . == "")), (map(.id) | select(length != (unique | length)))),
    # Garage cuts blanks off at both ends of what XML holds: a rule for "logs " would be one for "logs".
    (.lifecycle // [], .cors // [] | .. | strings | select(test("\\A |[\\x00-\\x1f\\x7f]| \\z")));

def want_checked:
    if [try unfit catch 1] != [] then reason("want-unfit"; "what the call says of the bucket can't be meant; nothing was touched: run pulumi up again") else . end
    | ([.aliases[] | select(bucket_name | not)][0]) as $bad
    | if $bad then reason("bucket-name"; "\"\($bad | .[:80])\" can't be a bucket's name; nothing was touched. Garage takes 3 to 63 of a-z, 0-9, - and ., beginning and ending with a letter or digit, no IP address, without xn-- and -s3alias") else . end
    | ([.keys | group_by(.accessKeyId)[] | select(length > 1) | .[0].accessKeyId][0]) as $twice
    | if $twice then reason("bucket-key-twice"; "keys names the key \($twice | .[:100]) twice; nothing was touched: put its rights into one entry") else . end
    | if $series == "0.7" and (.quotas.maxSizeBytes != null or .quotas.maxObjects != null) then reason("store-series"; "quotas need Garage 0.8, and this cluster runs 0.7; nothing was touched: leave them out, or upgrade first") else . end
    | if ($series | IN("0.7", "0.8")) and .lifecycle != null then reason("store-series"; "lifecycle rules need Garage 0.9, and this cluster runs \($series); nothing was touched: leave them out, or upgrade first") else . end
    | .rights = (.keys | map({key: .accessKeyId, value: flags}) | from_entries);

# --- which bucket it is -------------------------------------------------------------------------------------------------

# The marks of a bucket, and those that the list tells of (0.7 tells them by the key that bears them).
def markers: [.keys[] | select(.name == marks_key) | .id];
def marks($world): ($world | markers) as $markers
    | if $series == "0.7" then ([$markers[] as $key | $world.key[$key].buckets // [] | .[] | {id, mark: (.local[] | select(startswith("pulumi-")))}]
            + [$world.buckets[] | {id, mark: (.aliases[] | select(test("\\Apulumi-[0-9a-f]{40}\\z")))}])
      else [$world.buckets[] | {id, mark: (.local[] | select(.key | IN($markers[])) | .alias)}] end;

def marked_by($marks; $owners): [$owners[] as $own | $marks[] | select(.mark == mark_of_bucket($own)) | .id][0] // null;

# This owner's bucket: by its mark, or by the record of this node, where nobody else has marked it since. Null where there is none yet.
def own_bucket($world; $marks; $owners):
    marked_by($marks; $owners)
    // ($record.id // null | if . != null and (. as $id | [$world.buckets[], $marks[] | select(.id == $id)] | length == 1) then . else null end);

# Buckets that nobody can reach: of those that were there before one was to be made (`nameless`) none is this resource's.
def nameless($world): [$world.buckets[] | select(.aliases == [] and .local == []) | .id];

# One that was being made when the call died, between two writes of Garage's: it has no name yet, and there is nothing in it.
def unfinished_bucket($world):
    if $record == null or $record.id != "" then null else
        nameless($world) - ($record.set.nameless // [])
        | map(select($world.bucket[.] as $has | $has == null or ($has.keys == [] and $has.objects == 0 and $has.uploads == 0)))[0] // null
    end;

def whose($marks; $id): [$marks[] | select(.id == $id) | .mark][0] // null
    | if . then "a resource whose mark is \(.)" else null end;

def holder($world; $name): [$world.buckets[] | select(.aliases | index($name)) | .id][0] // null;

# Takes a bucket that is there already, if it may; else null: it is to be made.
def found_bucket($world; $marks; $want):
    ($want.bucketId // ([$want.aliases[] as $name | holder($world; $name) // empty][0])) as $id
    | if $id == null then null else
        whose($marks; $id) as $whose
        | if [$world.buckets[] | select(.id == $id)] == [] then reason("bucket-missing"; "there is no bucket \($id | .[:64]); nothing was touched: check bucketId")
          elif $whose then reason("bucket-owned"; "the bucket \($id[:16]) (\($want.aliases | join(", "))) is looked after by \($whose); nothing was touched. \(hand_over), or take another name")
          elif $want.takeOver != true then reason("bucket-foreign"; "there is a bucket named \([$world.buckets[] | select(.id == $id) | .aliases[]] | join(", ")) already (\($id[:16])), and this resource didn't make it; nothing was touched: take another name, or set takeOver: true, which takes it as it is, full or not")
          else $id end end;

# Every name is free, or this bucket's.
def names_free($world; $marks; $want; $id):
    [$want.aliases[] as $name | holder($world; $name) | select(. != null and . != $id) | {name: $name, id: .}][0]
    | if . == null then null else reason("bucket-alias-taken"; "the name \(.name) is that of another bucket (\(.id[:16])\(whose($marks; .id) | if . then ", looked after by " + . else "" end)); nothing was touched: take another name") end;

def keys_there($world; $want):
    (($want.rights | keys) - [$world.keys[].id])
    | if . == [] then null else reason("bucket-key-missing"; "there is no key \(join(", ") | .[:200]) to give a right to; nothing was touched: check accessKeyId, or make the key first") end;

# --- what differs -------------------------------------------------------------------------------------------------------

# A right that isn't named: that of a key's predecessor goes down to what the key has now, else what this resource has set is taken back, whichever
# key of one GarageKey it was set for: a rotation gives the next one the same.
def surplus($world; $want; $set):
    ([$world.keys[] | {key: .id, value: (.name | mark_of_key | if . then .own else null end)}] | from_entries) as $owner_of
    | ([$world.keys[] | select(.name == marks_key or (.name | temporary_key)) | .id]) as $ours
    | . as $has
    | [$want.rights | to_entries[] | select($owner_of[.key] != null and $owner_of[.key] == $owner_of[$has.id])][0] as $successor
    | if $has.id | IN($ours[]) then none
      elif $want.rights[$has.id] then $has | flags | without($want.rights[$has.id])
      elif $successor then $has | flags | without($successor.value)
      elif $want.exclusive == true then $has | flags
      else
        ([$owner_of | to_entries[] | select(.key == $has.id or (.value != null and .value == $owner_of[$has.id])) | .key]) as $kin
        | $has | flags | both(reduce $kin[] as $key (none; either($set.keys[$key] // none))) end;

def limit($named; $set; $has; $exclusive): if $named != null then $named elif $set == true or $exclusive then null else $has end;

def quotas_text: "{\"maxSize\":\(.size | if . == null then "null" else whole end),\"maxObjects\":\(.objects | if . == null then "null" else whole end)}";

# Website, quotas, and rules where the admin API has them, go in one act; 0.7 has only the website.
def update_acts($id; $website; $quotas; $rule_told; $rule_body):
    ([if $website == false then "website off" elif $website != null then "website on" else empty end, if $quotas != null then "quotas set" else empty end] + $rule_told) as $told
    | if $told == [] then empty
      elif $series == "0.7" then
        [$told | join(", ")] + if $website == false then ["hide-website", $id] else ["show-website", $id, ($website | tojson), $website.index, $website.error // ""] end
      else
        [($told | join(", ")), "update-bucket", $id, "{" + ([
            if $website == null then empty elif $website == false then "\"websiteAccess\":{\"enabled\":false}"
                else "\"websiteAccess\":" + ({enabled: true, indexDocument: $website.index, errorDocument: $website.error} | tojson) end,
            if $quotas == null then empty else "\"quotas\":" + ($quotas | quotas_text) end,
            $rule_body[]
        ] | join(",")) + "}"] end;

# --- the verdict --------------------------------------------------------------------------------------------------------

def settled_set($want): {
    aliases: $want.aliases, keys: $want.rights, website: (if $want.website then {index: $want.website.indexDocument, error: ($want.website.errorDocument // null)} else null end),
    size: ($want.quotas.maxSizeBytes != null), objects: ($want.quotas.maxObjects != null),
    lifecycle: [$want.lifecycle // [] | .[].id], cors: [$want.cors // [] | .[] | [.origins, .methods]]
};
# From before the first act until the last: what was set from here before, and what is about to be.
def open_set($set; $want): settled_set($want) as $new
    | $new + {
        aliases: (($set.aliases // []) + $new.aliases | unique),
        # What 0.7 shows isn't told: until it is set anew nobody knows it.
        website: (if $series == "0.7" and $new.website != $set.website then {} else $new.website // $set.website // null end), size: ($new.size or $set.size == true),
        objects: ($new.objects or $set.objects == true), lifecycle: (($set.lifecycle | names) + $new.lifecycle | unique), cors: (($set.cors | names) + $new.cors | unique),
        keys: (reduce (($set.keys // {}) + $new.keys | keys[]) as $key ({};
            .[$key] = (($set.keys // {})[$key] // none | either($new.keys[$key] // none))))
    };

def difference($world; $want; $marks; $id; $set):
    ($world.bucket[$id]) as $has
    | ($world | markers[0]) as $key
    | mark_of_bucket($own) as $mark
    | ($want.exclusive == true) as $exclusive
    | [$has.keys[] | select(.id == $key) | .local[]] as $here
    | rule_changes($world; $id; $want; $set) as $rule
    | {size: limit($want.quotas.maxSizeBytes; $set.size; $has.quotas.size; $exclusive), objects: limit($want.quotas.maxObjects; $set.objects; $has.quotas.objects; $exclusive)} as $quotas
    | (settled_set($want).website) as $site
    | (if $site != null then (if $site == ($has.website | if . then {index, error} else . end) then null else $site end)
        elif $has.website != null and ($set.website != null or $exclusive) then false else null end) as $website
    | [
        if $here | index($mark) then empty else [if $has.aliases | index($mark) then "" else "marked as this resource's" end, "local", $id, $key, $mark] end,
        ($want.aliases - $has.aliases | .[] as $name | ["alias \($name) added", "alias", $id, $name]),
        ($want.rights | to_entries[] | .key as $who | (.value | without([$has.keys[] | select(.id == $who)][0] // none)) as $more
            | select($more | any_flag) | ["key \($who): \($more | named) given", "allow", $id, $who, ($more | words)]),
        update_acts($id; $website; if $series == "0.7" or $quotas == $has.quotas then null else $quotas end; $rule.told; $rule.body),
        $rule.acts[],
        ($has.keys[] | .id as $who | surplus($world; $want; $set) | select(any_flag) | ["key \($who): \(named) taken away", "deny", $id, $who, words]),
        # The last: a bucket without a name can't be reached.
        ((if $exclusive then $has.aliases else [$has.aliases[] | select(IN(($set.aliases // [])[]))] end) + [$has.aliases[] | select(. == $mark)] | unique | . - $want.aliases | .[] as $name
            | [if $name == $mark then "" else "alias \($name) removed" end, "unalias", $id, $name]),
        ($others[] | mark_of_bucket(.) | select(IN($here[])) as $old | ["", "unlocal", $id, $key, $old]),
        # That of a call which died on another node.
        ($world.keys[] | select((.name | temporary_key) and .id != $temporary) | ["", "delete-key", .id])
    ];

def warnings($want; $has):
    if $want.quotas.maxSizeBytes != null and $has.bytes > $want.quotas.maxSizeBytes then ["warn", "quotas.maxSize is \($want.quotas.maxSizeBytes | whole) bytes, and \($has.bytes | whole) are in use: nothing can be written until there is less"] | line else empty end,
    if $want.quotas.maxObjects != null and $has.objects > $want.quotas.maxObjects then ["warn", "quotas.maxObjects is \($want.quotas.maxObjects | whole), and there are \($has.objects | whole) objects: nothing can be written until there are fewer"] | line else empty end;

# Where this resource's bucket is known by its mark alone (another node was asked before), nothing tells what of it was set from here.
def unnamed($world; $want; $has): [
    ($has.aliases - $want.aliases - [mark_of_bucket($own)] | .[] | "the name \(.)"),
    ($has.keys[] | .id as $who | surplus($world; $want | .exclusive = true; {}) | select(any_flag) | "\(named) of key \($who)"),
    if $has.website != null and $want.website == null then "the website" else empty end,
    if ($has.quotas.size != null and $want.quotas.maxSizeBytes == null) or ($has.quotas.objects != null and $want.quotas.maxObjects == null) then "a quota" else empty end
];
def left_alone($world; $want; $has): unnamed($world; $want; $has)
    | if . == [] then empty else ["warn", "this node is asked for the bucket for the first time, and can't tell who has set what isn't named any more; it stays: \(join(", ") | .[:300]). exclusive: true takes it away"] | line end;

# What else is to be asked before anything can be said.
def asks($world; $id; $want; $set):
    if $series == "0.7" then $world | markers[] | select(. as $key | $world.key | has($key) | not) | "key.\(.)" else empty end,
    if $id == null then empty elif $world.bucket | has($id) | not then "bucket.\($id)" else rule_asks($world; $id; $want; $set) end;

# What of this bucket was set from here, null where this node doesn't know: the record may be of another one, which is gone.
def set_from_here($id; $mine): if $id != null and $record != null and ($record.id == $id or ($record.id == "" and $id == $mine)) then $record.set else null end;

def judge_bucket($want; $world):
    ($want | want_checked) as $want
    | marks($world) as $marks
    | ($world | markers[0]) as $key
    | own_bucket($world; $marks; [$own] + $others) as $mine
    | if $mine != null and $want.bucketId != null and $mine != $want.bucketId then reason("bucket-differs"; "this resource looks after the bucket \($mine[:16]) already, and bucketId names \($want.bucketId | tostring | .[:16]); nothing was touched: take another resource for that one") else . end
    | ([asks($world; $mine; $want; set_from_here($mine; $mine) // {})]) as $asks
    | if $asks != [] then $asks[] | ["ask", .] | line else
        ($mine // found_bucket($world; $marks; $want) // unfinished_bucket($world)) as $id
        | set_from_here($id; $mine) as $known
        | ($known // {}) as $set
        | names_free($world; $marks; $want; $id)
        | keys_there($world; $want)
        | ([asks($world; $id; $want; $set)]) as $asks
        | if $asks != [] then $asks[] | ["ask", .] | line
          elif $key == null then [["", "make-key", marks_key]] | acts
          elif $id == null then (["set", "", (open_set($set; $want) + {nameless: nameless($world)} | tojson)] | line), ([["made", "make-bucket", $key, mark_of_bucket($own)]] | acts)
          elif $world.bucket[$id] == null then reason("garage-unclear"; "the bucket \($id[:16]) was there a moment ago, and isn't any more; nothing more was touched: run pulumi up again")
          else difference($world; $want; $marks; $id; $set) as $acts
            | (["set", $id, (if $acts == [] then settled_set($want) else open_set($set; $want) end | tojson)] | line),
              if $known == null and $mine != null and $want.exclusive != true then left_alone($world; $want; $world.bucket[$id]) else empty end, ($acts | acts),
              if $acts == [] then warnings($want; $world.bucket[$id]), (["done", ({bucketId: $id} | tojson)] | line) else empty end
          end
      end;
