# shellcheck shell=bash
# What the journal says, for people.

# journal_of WORDS…: as journalctl's WORDS select it.
journal_of() {
    journalctl --sync >/dev/null 2>&1 || true
    journalctl "$@" --no-pager -o cat 2>/dev/null | plain_text || true
}

# Without colours, and without what else a terminal would obey.
plain_text() {
    sed 's/\x1b\[[0-9;]*m//g; s/\xc2[\x80-\x9f]//g' | tr -d '\000-\010\013-\037\177'
}

# plain_line VARIABLE: the same of the text in it, without a process.
plain_line() {
    local KV="${!1//[$'\001'-$'\010'$'\013'-$'\037'$'\177']/}"
    give "${KV//$'\xc2'[$'\x80'-$'\x9f']/}" "$1"
}

# journal_tail LINES: what the daemon has said since it was started here, as far as it helps: why it died before all else. A panic of
# Garage 2 is followed by some eighty lines of backtrace, and a daemon that crashes says it all at each try.
journal_tail() {
    local since=() unit
    if kept_elsewhere; then
        old_does journal | plain_text | journal_cause_first "$1"
        return
    fi
    daemon_unit unit
    [ -z "${DAEMON_SINCE:-}" ] || since=(--since "@$DAEMON_SINCE")
    journal_of -u "$unit" ${since[@]+"${since[@]}"} -n 1000 | journal_cause_first "$1"
}

# Panics with their reason, which stands in the line behind the place; then errors; then the end of the rest. Each once.
journal_cause_first() {
    awk -v most="$1" '
        function ends(list, n,    i) { for (i = n > most ? n - most + 1 : 1; i <= n; i++) print list[i]; most -= n > most ? most : n }
        /^Panics are internal errors/ { advice = 1 }
        /^BACKTRACE:/ { advice = 0; next }
        advice || /^ *[0-9]+: / || /^ +at / || /^ *$/ || seen[$0]++ { reason = 0; next }
        reason || /panicked at/ { panic[++panics] = $0; reason = !reason && /:$/; next }
        / ERROR / || /^Error: / || /garage must not start/ { error[++errors] = $0; next }
        { rest[++others] = $0 }
        END { ends(panic, panics); ends(error, errors); ends(rest, others) }'
}
