# All that was answered, in one piece: {keys, buckets, bucket: {id: …}, key: {id: …}, s3: {bucket: {cors, lifecycle, objects, uploads}}}.

def answered:
    . as $all
    | (.buckets.text | buckets_of) as $buckets
    | {keys: (.keys.text | keys_of), $buckets, bucket: {}, key: {}, s3: {}}
    | reduce ($all | to_entries[] | select(.key | contains("."))) as {key: $question, value: $said} (.;
        ($question | split(".")) as $words | ($words[1:] | join(".")) as $id | $words[0] as $kind
        | if $kind == "bucket" then .bucket[$id] = (if $said.code == "404" then null else $said.text | bucket_of(if $record.id == $id then $record.set else {} end) end)
          elif $kind == "key" then .key[$id] = (if $said.code == "404" then null else $said.text | key_of($buckets | map(.id)) end)
          else .s3[$id][$kind] = (if $said.code == "404" and ($kind | . == "objects" or . == "uploads") then null else $said.text | s3_of($kind) end) end);
