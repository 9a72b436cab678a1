# May a key that a program declared go, and those that it had before. Pure. Globals as in key.jq; $records are {owner, id, set} of all buckets that
# were set from this node.

# `urn:pulumi:<stack>::<project>::…`: the program that it is of.
def program_of: split("::")[:2];

def judge_key_delete($world; $owner; $records):
    own_keys($world; [$own]) as $keys
    | [$keys[] | .id] as $ids
    | [$ids[] | select(. as $id | $world.key | has($id) | not) | "key.\(.)"] as $asks
    | if $asks != [] then $asks[] | ["ask", .] | line
      else
        ([$ids[] as $id | $world.key[$id].buckets[] | select(any_flag) | {key: $id, bucket: .id, name: (.aliases[0] // .id[:16]), right: flags}]) as $rights
        | [$rights[].bucket | select(. as $id | $world.bucket | has($id) | not)] as $asks
        | if $asks != [] then $asks | unique | .[] | ["ask", "bucket.\(.)"] | line
          else
            ([$rights[] | select($world.bucket[.bucket] | .objects == null or .objects > 0 or .uploads > 0) | .name] | unique) as $full
            | if $full != [] then reason("key-in-use"; "the key \($ids[-1]) has a right on buckets that aren't empty (\($full | join(", ") | .[:300])); nothing was touched. Take the right away first (both in one pulumi up works), or set retainOnDelete: true on the key, run pulumi up, and remove it afterwards") else . end
            | ([$rights[] | . as $right | select([$records[] | select(.id == $right.bucket and (.owner | program_of) == ($owner | program_of))
                # Given to one of its keys: a rotation gives the next one the same.
                | reduce (.set.keys // {} | .[$ids[]] // none) as $given (none; either($given))
                | . as $ours | $right.right | without($ours) | any_flag | not] | any | not) | .name] | unique) as $foreign
            | if $foreign != [] then reason("key-right-foreign"; "the key \($ids[-1]) has a right that isn't from this program, on \($foreign | join(", ") | .[:300]); nothing was touched. Take it away first, or set retainOnDelete: true on the key, run pulumi up, and remove it afterwards") else . end
            | if $ids == [] then ["done", "gone"] | line
              else (["set", $ids[-1], ($record.set // {} | tojson)] | line), ([$ids[] as $id | ["key \($id) deleted", "delete-key", $id]] | acts) end
          end
      end;
