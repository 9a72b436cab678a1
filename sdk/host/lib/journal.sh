# shellcheck shell=bash
# What the journal says, for people.

# journal_of UNIT LINES: its last ones.
journal_of() {
    journalctl --sync >/dev/null 2>&1 || true
    journalctl -u "$1" -n "$2" --no-pager -o cat 2>/dev/null | plain_text || true
}

# Without colours, and without what else a terminal would obey.
plain_text() {
    sed 's/\x1b\[[0-9;]*m//g' | tr -d '\000-\010\013-\037\177'
}

journal_tail() {
    journal_of garage.service "$1"
}
