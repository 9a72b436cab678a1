# shellcheck shell=bash
# Reading JSON where a host has neither jq nor python.

# json_flatten: JSON on stdin → one line a value, `path<TAB>value`: `roles.0.id<TAB>abc`. The top value alone has an empty path.
# Empty containers are `[]` and `{}`. Of the escapes only \" \\ \/ are undone, so that a value never breaks its line.
# Exits 1 on anything that isn't one JSON value.
json_flatten() {
    awk '
        function bad() { failed = 1; exit 1 }
        function path(    i, text) {
            text = ""
            for (i = 1; i <= depth; i++) text = text (i > 1 ? "." : "") (kind[i] == "[" ? at[i] : key[i])
            return text
        }
        function value(text) {
            if (depth == 0 && done) bad()
            if (depth > 0 && expect != "value" && expect != "first") bad()
            print path() "\t" text
            after()
        }
        function after() { if (depth == 0) done = 1; expect = "next"; if (depth > 0) filled[depth] = 1 }
        function unquote(text) {
            text = substr(text, 2, length(text) - 2)
            gsub(/\\\\/, "\001", text); gsub(/\\"/, "\"", text); gsub(/\\\//, "/", text); gsub(/\001/, "\\", text)
            return text
        }
        function open(sign) {
            if (depth == 0 && done) bad()
            if (depth > 0 && expect != "value" && expect != "first") bad()
            depth++; kind[depth] = sign; at[depth] = 0; key[depth] = ""; filled[depth] = 0
            expect = (sign == "[") ? "first" : "firstkey"
        }
        function close_(sign) {
            if (depth == 0 || kind[depth] != sign || expect == "value" || expect == "key" || expect == "colon") bad()
            depth--
            if (!filled[depth + 1]) print path() "\t" (sign == "[" ? "[]" : "{}")
            after()
        }
        function token(text,    first) {
            first = substr(text, 1, 1)
            if (first == "{" || first == "[") open(first)
            else if (first == "}") close_("{")
            else if (first == "]") close_("[")
            else if (first == ",") {
                if (depth == 0 || expect != "next") bad()
                if (kind[depth] == "[") { at[depth]++; expect = "value" } else expect = "key"
            } else if (first == ":") {
                if (expect != "colon") bad()
                expect = "value"
            } else if (first == "\"") {
                if (expect == "key" || expect == "firstkey") { key[depth] = unquote(text); expect = "colon" }
                else value(unquote(text))
            } else value(text)
        }
        BEGIN { depth = 0; expect = "value"; done = 0 }
        {
            line = $0
            while (1) {
                sub(/^[ \t\r]+/, "", line)
                if (line == "") break
                if (match(line, /^[{}\[\],:]/) || match(line, /^"([^"\\]|\\.)*"/) ||
                    match(line, /^-?[0-9][0-9.eE+-]*/) || match(line, /^(true|false|null)/)) {
                    token(substr(line, 1, RLENGTH))
                    line = substr(line, RLENGTH + 1)
                } else bad()
            }
        }
        END { if (failed || depth != 0 || !done) exit 1 }
    '
}
