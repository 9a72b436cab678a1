# Buckets and keys as Garage tells them, in one shape for every series: what its CLI says (storeCli.jq, for 0.7) or the admin API (storeApi.jq), and
# S3 (storeS3.jq). jq 1.6 takes its time for each function that is used, so only what a call needs is in its program (storeJudge.sh).
# Globals: $series; $rules, "admin" where the admin API tells the rules of CORS and lifecycle; $shown (storeCli.jq).

# The one key that bears the marks of owners, as local aliases of buckets; and one that lives for as long as S3 is asked.
def marks_key: "pulumi owner marks";
def temporary_key: startswith("pulumi temporary ");
def mark_of_bucket($own): "pulumi-" + $own;
# The end of a key's name: whose it is, its number among the owner's keys, what rotation was asked for; + while it has not all rights yet.
def mark_of_key:
    [capture(" pulumi:(?<own>[0-9a-f]{12})\\.(?<n>[1-9][0-9]{0,5})\\.(?<rotation>[0-9a-f]{8}|0)(?<open>\\+?)\\z")][0]
    | if . then .n |= tonumber | .open |= (. == "+") else null end;
def marked($own; $mark): "\(.) pulumi:\($own[:12]).\($mark.n).\($mark.rotation)\(if $mark.open then "+" else "" end)";

# A refusal: nothing of what it is about was touched.
def reason($id; $text): error({id: $id, text: $text} | tojson);

# Of what another resource owns. One that left its program with retainOnDelete has told nobody here: its mark stays.
def hand_over: "To look after it from here on, also where that resource was renamed, moved, or removed with retainOnDelete: give this one the option aliases with the URN of that one";

# Of what the daemon says nothing is passed on as it came: it may be anybody's who has taken the daemon over. A name may be anything, and is only shown.
def shown: tostring | gsub("[\\x00-\\x1f\\x7f]"; " ");
def key_id: if type == "string" and test("\\A[A-Za-z0-9._-]{8,128}\\z") then . else nonsense end;
# A bucket's name that is there: an act may have it, so it is one word and no option. Stricter than this is Garage itself.
def alias_there: if type == "string" and test("\\A[A-Za-z0-9][A-Za-z0-9._-]{0,254}\\z") then . else nonsense end;
def text_or_none: if type == "string" or . == null then . else nonsense end;
def count_or_none: if type == "number" or . == null then . else nonsense end;
def bucket_name:
    type == "string" and test("\\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\\z") and (test("\\A[0-9]+(\\.[0-9]+){3}\\z|(\\A|\\.)xn--|-s3alias\\z") | not);
def flags: {read: (.read == true), write: (.write == true), owner: (.owner == true)};
def any_flag: .read or .write or .owner;
def without($other): {read: (.read and ($other.read | not)), write: (.write and ($other.write | not)), owner: (.owner and ($other.owner | not))};
def both($other): {read: (.read and $other.read), write: (.write and $other.write), owner: (.owner and $other.owner)};
def either($other): {read: (.read or $other.read), write: (.write or $other.write), owner: (.owner or $other.owner)};
def none: {read: false, write: false, owner: false};
def named: to_entries | map(select(.value) | .key) | join(", ");
# Of rules that were set from here, by which they are known (bucketRules.jq).
def names: if type == "array" then . else [] end;
def words: to_entries | map(select(.value) | .key) | join(" ");

# --- what is answered ---------------------------------------------------------------------------------------------------

# The parts of what was said, by question: {code, text}.
def parts($mark):
    split("\n\($mark) ") as $cut
    | reduce range(1; $cut | length) as $i ({};
        ($cut[$i] | lines[0] | cells) as [$name, $code]
        | ($cut[$i - 1] | if $i == 1 then . else lines[1:] | join("\n") end) as $text
        # 0.9 has no code of its own for a key that isn't there.
        | .[$name] = {$text, code: (if $code == "400" and ($text | contains("Access key not found")) then "404" else $code end)});

# --- the verdict --------------------------------------------------------------------------------------------------------

# As lines for store.sh, of fields behind each other: ask, refuse, s3, act, set, warn, done. A character that ends a field or a line would make an
# act of what was only told. A tab does neither, and may stand in a rule that others have set.
def line: map(tostring) | if any(.[]; test("[\\x00-\\x08\\x0a-\\x1f]")) then nonsense else join("\u001f") end;
# jq's own words may quote what it was given, a secret too.
def refused: [try fromjson catch {id: "garage-unclear", text: "what Garage says of its buckets and keys isn't understood; nothing more was touched: see journalctl -u garage, then run pulumi up again"}][0]
    | ["refuse", .id, (.text | shown)] | line;
# An act: [what is told of it, its name in storeActs.sh, what that takes…].
def acts: .[] | ["act", (.[0] | tojson)] + .[1:] | line;

# Whatever couldn't be had ends the look. Only what is known to be a message is said: what else was answered may hold a key's secret.
def message: [try (fromjson | .message | strings) catch empty, capture("(\\AError: |\nError: |<Message>)(?<said>[^<\n]*)").said][0] // "";
def all_answered:
    to_entries[] | .key as $question | .value as $said
    | select(($said.code | . == "200" or . == "204") or ($said.code == "404" and ($question | contains("."))) | not)
    | reason("garage-silent"; "Garage doesn't answer when asked for \($question): \(if $said.code == "000" then "no answer" else $said.code end) \(
        $said.text | message | .[:300] | shown); nothing more was touched: see journalctl -u garage, then run pulumi up again");
