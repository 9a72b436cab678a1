# What becomes of what was asked, as lines: the sheet's want, the records of this node, and the answers.

def verdict($lines):
    ([$lines[0] | try fromjson catch null][0]) as $want
    | ($lines[1] | fromjson) as $records
    | ($lines[2:] | join("\n") | parts($mark)) as $said
    | ($said | all_answered), (($said | answered) as $world | expression($want; $records; $world));

# In brackets: in jq 1.6 a "try" also catches what goes wrong behind it.
[try verdict(.) catch refused][]
