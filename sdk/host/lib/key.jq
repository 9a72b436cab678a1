# What becomes of a key that a program declares, and of those that it had before: $want against what is there. Pure, as bucket.jq.
# Globals besides store.jq's: $own, $others, $record, $rotation (eight digits of the SHA-256 of `rotate`, 0 for none).

def key_want_fits:
    (.name | type == "string" and test("\\A[^\\x00-\\x1f\\x7f -][^\\x00-\\x1f\\x7f]{0,99}\\z") and (test("  | \\z") | not))
    and (.import == null or ((.import.accessKeyId | key_id | true) and (.import.secretAccessKey | type == "string" and length >= 16)))
    and (.retire // [] | all(.[]; key_id | true)) and (.takeOver == null or (.takeOver | key_id | true));

def key_want_checked:
    if [try key_want_fits catch false][0] | not then reason("want-unfit"; "what the call says of the key can't be meant; nothing was touched: run pulumi up again") else . end
    | if $series == "0.7" and .import then reason("store-series"; "Garage 0.7 takes an existing key only from a command line, where everybody on the host can read its secret; nothing was touched: leave import out, or upgrade first") else . end
    | if $series != "2" and .expiresAt then reason("store-series"; "keys that expire need Garage 2, and this cluster runs \($series); nothing was touched: leave expiresAt out, or upgrade first") else . end;

# The keys of these owners, by number; one that has lost its mark (renamed by hand) by the record of this node.
def own_keys($world; $owners):
    ($owners | map(.[:12])) as $owners
    | [
        $world.keys[] | . as $key | (.name | mark_of_key) as $mark
        | if $mark then select($mark.own | IN($owners[])) + {mark: $mark}
          else select($record.set.keys[.id] // null) + {mark: (" pulumi:\($own[:12])." + $record.set.keys[.id] | mark_of_key)} | select(.mark) end
    ] | sort_by(.mark.n);

def noted($keys; $expires): {keys: ($keys | map({key: .id, value: "\(.mark.n).\(.mark.rotation)"}) | from_entries), expires: $expires};

# A key that exists already and is to be this resource's from now on.
def taken_key($world; $id; $name):
    [$world.keys[] | select(.id == $id)][0] as $key
    | if $key == null then reason("key-missing"; "there is no key \($id) to take over; nothing was touched: check takeOver")
      elif $key.name == marks_key or ($key.name | temporary_key) then reason("key-owned"; "the key \($id) is this package's own; nothing was touched: check takeOver")
      elif $key.name | mark_of_key then reason("key-owned"; "the key \($id) (\($key.name | .[:100])) is looked after by a resource whose mark is pulumi:\($key.name | mark_of_key.own); nothing was touched. \(hand_over)")
      else ["key \($id) taken over", "name-key", $id, $name] end;

def rotation_due($current): $rotation != "0" and $rotation != $current.mark.rotation;

# The act that gives this resource a key more, where one is due; else nothing.
def key_due($want; $world; $keys):
    $keys[-1] as $current
    | ([$keys[] | .id]) as $ids
    | {n: (($current.mark.n // 0) + 1), rotation: (if $rotation == "0" then $current.mark.rotation // "0" else $rotation end), open: ($current != null)} as $mark
    | ($want.name | marked($own; $mark)) as $name
    # What was retired stays away: the line may stay beside that which has brought the key here.
    | ($ids + ($want.retire // [])) as $settled
    # One that was begun is finished first: the next one has its rights from it.
    | if $current.mark.open then empty
      elif $want.takeOver and ($settled | index($want.takeOver) | not) then taken_key($world; $want.takeOver; $name)
      elif $want.import and ($settled | index($want.import.accessKeyId) | not) then
        if $world.keys | any(.[]; .id == $want.import.accessKeyId) then reason("key-foreign"; "there is a key \($want.import.accessKeyId) already, and this resource didn't make it; nothing was touched: takeOver: \"\($want.import.accessKeyId)\" takes it as it is")
        else ["key \($want.import.accessKeyId) imported", "import-key", ($want.import | {accessKeyId, secretAccessKey, name: $name} | tojson)] end
      elif $current == null then ["made", "make-key", $name]
      elif rotation_due($current) then ["rotated: a second key was made", "make-key", $name]
      else empty end;

# A previous key that is named by its id: all behind it have come by rotations, or it is named again after another one was.
def named_checked($want; $keys):
    ($want.takeOver // $want.import.accessKeyId // null) as $id
    | ($keys | map(.id) | index($id // "")) as $at
    | if $at == null or ($want.retire // [] | index($id)) then .
      elif [range($at + 1; $keys | length) | select($keys[.].mark.rotation == $keys[. - 1].mark.rotation)] == [] then .
      else reason("key-named-previous"; "\(if $want.takeOver then "takeOver" else "accessKeyId" end) names \($id), a previous key of this resource, and the current one is \($keys[-1].id); nothing was touched: a previous key never becomes the current one again. Name the current one, or none") end;

def retire_checked($want; $world; $keys):
    # The one that is to be brought here, where there is none yet.
    ($keys[-1].id // $want.import.accessKeyId // $want.takeOver // null) as $current
    | ($keys | map(.id)) as $ids
    | ([$want.retire // [] | .[] | select(. == $current and (rotation_due($keys[-1]) | not))][0]) as $own_now
    | if $own_now then reason("key-retire-current"; "retire names \($own_now), which is the current key; nothing was touched: rotate first, and retire the previous one") else . end
    | ([$want.retire // [] | .[] as $id | select($world.keys | any(.[]; .id == $id)) | select($ids | index($id) | not) | $id][0]) as $other
    | if $other then reason("key-retire-foreign"; "retire names \($other), which isn't a key of this resource; nothing was touched: check the id (previousAccessKeyIds lists them)") else . end;

# To the second, where both are written in UTC; else the words.
def same_time($a; $b): def seconds: if . == null then null else sub("\\.[0-9]+Z\\z"; "Z") | [try fromdateiso8601 catch .][0] end;
    ($a | seconds) == ($b | seconds);

# The one that a new key has its rights from: not one that hasn't all of them itself.
def before($keys): [$keys[:-1][] | select(.mark.open | not) | .id] | last;

def key_acts($want; $world; $keys):
    $keys[-1] as $current
    | before($keys) as $before
    | $world.key[$current.id] as $has
    | [
        # A new key gets the rights of the one before, and the names by which that one knows its buckets; only then its own name is whole.
        if $current.mark.open then
            ($world.key[$before // ""].buckets // [] | .[] as $bucket
                | ([$has.buckets[] | select(.id == $bucket.id)][0] // (none + {local: []})) as $now
                | ($bucket | flags | without($now) | select(any_flag) | ["", "allow", $bucket.id, $current.id, words]),
                  ($bucket.local - $now.local | .[] as $name | ["", "local", $bucket.id, $current.id, $name]))
        else empty end,
        if ($want.allowCreateBucket == true) != $has.createBucket then
            (if $want.allowCreateBucket == true then ["allowCreateBucket given", "allow-create", $current.id] else ["allowCreateBucket taken away", "deny-create", $current.id] end) else empty end,
        if $series != "2" then empty
        elif $want.expiresAt then if same_time($has.expires; $want.expiresAt) then empty else ["expires at \($want.expiresAt)", "expires", $current.id, $want.expiresAt] end
        elif $has.expires and ($record.set.expires == true or $want.exclusive == true) then ["expires no more", "expires", $current.id, ""] else empty end,
        ($keys[] | select(.name != (.mark | .open = false | . as $mark | $want.name | marked($own; $mark)))
            | [if .mark.open then "" else "named \($want.name)" end, "name-key", .id, (.mark | .open = false | . as $mark | $want.name | marked($own; $mark))]),
        ($want.retire // [] | .[] as $id | select($id != $current.id and ($keys | any(.[]; .id == $id))) | ["key \($id) retired", "delete-key", $id])
    ];

def judge_key($want; $world):
    ($want | key_want_checked) as $want
    | own_keys($world; [$own] + $others) as $keys
    | named_checked($want; $keys)
    | retire_checked($want; $world; $keys)
    | [key_due($want; $world; $keys)] as $due
    # What was set on the one before says nothing of the next one, which may be a stranger's with an expiry of its own.
    | if $due != [] then (["set", "", (noted($keys; $want.expiresAt != null) | tojson)] | line), ($due | acts)
      else
        $keys[-1].id as $id
        | [$id, if $keys[-1].mark.open then before($keys) // empty else empty end | select(. as $each | $world.key | has($each) | not)] as $asks
        | if $asks != [] then $asks[] | ["ask", "key.\(.)"] | line
          elif $want.import.accessKeyId == $id and $want.import.secretAccessKey != $world.key[$id].secret then reason("key-pair-differs"; "the key \($id) is here with another secret than the one given; nothing was touched: give the right one, or leave the pair out")
          else key_acts($want; $world; $keys) as $acts
            | (["set", $id, (noted($keys; if $acts == [] then $want.expiresAt != null else $record.set.expires == true or $want.expiresAt != null end) | tojson)] | line), ($acts | acts),
              if $acts == [] then ["done", ({accessKeyId: $id, secretAccessKey: $world.key[$id].secret, previousAccessKeyIds: ($keys[:-1] | map(.id))} | tojson)] | line else empty end
          end
      end;
