# Secrets of a daemon: where they stand, so that they are found where they are needed, and go along nowhere else. Needs no other file.

# A fact is a line `<name> <base64>`.
def facts: [inputs | split(" ") | {key: .[0], value: (.[1] // "" | @base64d)}] | from_entries;
def nul_words: split("\u0000") | map(select(. != ""));

# A text in TOML, in its four forms.
def literal: "(?:\"\"\"(?:[^\\\\]|\\\\(?:.|\\n))*?\"\"\"|'''(?:.|\\n)*?'''|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'[^'\\n]*')";
def without_comments: gsub("(?<text>" + literal + ")|(?<comment>#[^\\n]*)"; .text // "");
def assigned($keys): "(?<![A-Za-z0-9_-])(?<key>[\"']?(?:" + $keys + ")[\"']?[ \\t]*=[ \\t]*)(?<value>" + literal + ")";

# Comments go too: an old secret may stand in one.
def masked:
    without_comments
    | gsub(assigned("rpc_secret|admin_token|metrics_token|token"); "\(.key)\"@secret\"")
    | gsub("://[^/\\s\"'@]*:[^/\\s\"'@]*@"; "://@secret@");

def unquoted:
    if startswith("\"\"\"") or startswith("'''") then .[3:-3] | ltrimstr("\n")
    elif startswith("'") then .[1:-1]
    else try fromjson catch null end;

def in_configuration($name): [without_comments | match(assigned($name); "g") | .captures[] | select(.name == "value") | .string] | last | if . then unquoted else null end;
def in_environment($name): [nul_words[] | select(startswith($name + "=")) | ltrimstr($name + "=")] | last;
def in_words($names): nul_words as $words
    | [range(1; $words | length) as $at
        | $names[] as $name
        | if $words[$at] == $name then $words[$at + 1] elif $words[$at] | startswith($name + "=") then $words[$at] | ltrimstr($name + "=") else empty end]
    | last;

# As Garage looks for it: the command line and the environment before the file.
def flags($name): ["--" + ($name | gsub("_"; "-"))] + (if $name == "rpc_secret" then ["-s"] else [] end);
def secret($name):
    . as $facts
    | ($name | ascii_upcase) as $upper
    | ($facts.cmdline // "" | in_words(flags($name)))
        // ($facts.environ // "" | in_environment("GARAGE_" + $upper))
        // ($facts.config // "" | in_configuration($name));
def secret_file($name):
    . as $facts
    | ($name | ascii_upcase) as $upper
    | ($facts.cmdline // "" | in_words(["--" + ($name | gsub("_"; "-")) + "-file"]))
        // ($facts.environ // "" | in_environment("GARAGE_" + $upper + "_FILE"))
        // ($facts.config // "" | in_configuration($name + "_file"));

# Each with its text and the file that has it, one of the two or none.
def secrets: . as $facts | ["rpc_secret", "admin_token", "metrics_token"] | map({key: ., value: [. as $name | $facts | secret($name), secret_file($name)]}) | from_entries;
