# May a bucket that a program declared go, and how. Pure. Globals as in bucket.jq.

def where_to: "Empty it, or set retainOnDelete: true on the bucket and its keys, run pulumi up, and remove them afterwards";

def judge_bucket_delete($world):
    marks($world) as $marks
    | own_bucket($world; $marks; [$own]) as $id
    | ($world.bucket[$id // ""]) as $has
    | (if $series == "0.7" then [$world | markers[] | select(. as $key | $world.key | has($key) | not) | "key.\(.)"] else [] end) as $asks
    | if $asks != [] then $asks[] | ["ask", .] | line
      elif $id == null then ["done", "gone"] | line
      elif $world.bucket | has($id) | not then ["ask", "bucket.\($id)"] | line
      elif $has == null then ["done", "gone"] | line
      elif $series == "0.7" and $world.s3[$id].objects == null then ["ask", "objects.\($id)"], ["ask", "uploads.\($id)"] | line
      else
        {objects: ($has.objects // $world.s3[$id].objects), uploads: ($has.uploads // $world.s3[$id].uploads), least: (if $series == "0.7" then "at least " else "" end)} as $held
        | if $held.objects > 0 or $held.uploads > 0 then
            reason("bucket-not-empty"; "the bucket \($has.aliases | join(", ")) (\($id[:16])) holds \($held.least)\($held.objects) objects and \($held.uploads) unfinished uploads; nothing was touched. \(where_to)")
          else (["set", $id, ($record.set // {} | tojson)] | line), ([
            # 0.7 deletes only a bucket that has no other name, and takes nothing away by itself.
            if $series != "0.7" then empty else
                ($has.keys[] | . as $key | select(any_flag) | ["", "deny", $id, $key.id, (flags | words)]),
                (if $has.aliases == [] then ["", "alias", $id, mark_of_bucket($own)] else empty end),
                ($has.keys[] | .id as $key | .local[] as $name | ["", "unlocal", $id, $key, $name]),
                ($has.aliases[1:] | .[] as $name | ["", "unalias", $id, $name]) end,
            ["deleted", "delete-bucket", $id, $has.aliases[0] // mark_of_bucket($own)]
        ] | acts) end
      end;
