# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# May the service that was here before run on these data again? Reads only: `look` asks it on every host before the first one is stopped, `untake`
# once more. Whatever the old release or the old configuration doesn't know speaks against it.

# untake_may: 1 with the reason, and the way out, in LAST_SEEN. Nothing is started where it is the old service that runs.
untake_may() {
    if adopt_waits && ! ledger_knows act; then return 0; fi
    untake_known && untake_same_data && untake_same_release && untake_found && untake_quiet && untake_no_others
}

untake_known() {
    ledger_knows adopted || { LAST_SEEN="it was never taken over from one (a new node, or one that was replaced)"; return 1; }
    { [ -f "$ADOPTED/service.adopted" ] && [ -f "$ADOPTED/seen.json" ]; } ||
        { LAST_SEEN="what it was is lost ($ADOPTED)"; return 1; }
    adopt_runs_old || [ -f "$ADOPTED/before.adopted" ] ||
        { LAST_SEEN="owners and links of before are lost ($ADOPTED/before.adopted), so nothing could be put back as it was"; return 1; }
}

untake_same_data() {
    local series engine paths seen
    old_get series series
    old_get engine engine
    { ledger_is series "$series" && ledger_is engine "$engine"; } ||
        { LAST_SEEN="its data are of series $(ledger_get series) ($(ledger_get engine)) by now, and that service, of $series ($engine), must never run on them. There is no way back"; return 1; }
    paths="$(ledger_all data | sort)"
    seen="$(untake_seen '.directories[1:][].path' | sort)"
    [ "$paths" = "$seen" ] ||
        { LAST_SEEN="its data directories are ${paths//$'\n'/, } by now, and that service knows ${seen//$'\n'/, }: it would miss what lies in the others. There is no way back"; return 1; }
}

# One thing at a time: an old release may not read what a newer one wrote.
untake_same_release() {
    local was
    was="$(untake_seen .release)"
    { [ -n "$was" ] && ledger_is release "$was"; } ||
        { LAST_SEEN="it runs Garage $(ledger_get release) by now, and that service is ${was:-of no release that is known}. Take adopt out, go to $was by version with allowPatchDowngrade, then put adopt back"; return 1; }
}

# What would be started is what ran. A container has its binary in itself.
untake_found() {
    local file sum
    old_does found || return 1
    ! old_kind_is container || return 0
    file="$(untake_seen .binary.path)"
    { [ -f "$ROOT$file" ] && file_sha256 "$ROOT$file" sum && [ "$sum" = "$(untake_seen .binary.sha256)" ]; } ||
        { LAST_SEEN="$file is gone, or isn't the binary that ran then: put it back"; return 1; }
    file="$(untake_seen .configuration.path)"
    { [ -f "$ROOT$file" ] && [ "$(stat -Lc %Y -- "$ROOT$file")" = "$(untake_seen .configuration.changed)" ]; } ||
        { LAST_SEEN="$file is gone, or was changed since it was looked at: put it back, with the time it had (touch -d @$(untake_seen .configuration.changed))"; return 1; }
}

untake_quiet() {
    local act
    ledger_get act act
    ! ledger_is hopstate open || { LAST_SEEN="the major upgrade $(ledger_get hop) is open: finish it, or go back from it, without back"; return 1; }
    ! ledger_knows held || { LAST_SEEN="it is held: $(ledger_get held)"; return 1; }
    case "$act" in
        "" | "take "* | "failed take "* | "untake "*) ;;
        *) LAST_SEEN="it is half-way ($act): take adopt out and run pulumi up until it is green, then put adopt back"; return 1 ;;
    esac
}

# Who has come since is in no adopt.json, so the program can't name him: his host would be set free, with the copies that the layout wants there.
# Typed by hand nobody says who the nodes are; nobody else's host is set free by that either.
untake_no_others() {
    local ids="" rows name id zone capacity peers seen=yes lines=(${SHEET_LINES[@]+"${SHEET_LINES[@]}"})
    sheet_all peer peers
    while read -r _ id _; do ids+="${id:0:16}"$'\n'; done <<<"$peers"
    sheet_get adoptids rows
    for id in $rows; do ids+="${id:0:16}"$'\n'; done
    if [ "${ids//$'\n'/}" = "" ]; then return 0; fi
    current_find
    # A daemon that is down says nothing; the others are asked too.
    daemon_answers || return 0
    # A look comes before anybody knows who the nodes are, and asks of this one only.
    [ -n "$peers" ] || SHEET_LINES+=("peer $(ledger_get node) $(ledger_get id) 127.0.0.1:3901 storage in")
    judge layout || seen=no
    SHEET_LINES=(${lines[@]+"${lines[@]}"})
    [ "$seen" = yes ] || { LAST_SEEN="the layout can't be seen ($LAST_SEEN)"; return 1; }
    layout_seen role rows
    while read -r id zone capacity name; do
        if [ -z "$id" ] || among "$id" "$ids"; then continue; fi
        layout_name "$name" "$id" name
        LAST_SEEN="the layout has $name ($zone, $capacity), which has come since and isn't in adopt.json: with back its host would be set free"
        if [ "$capacity" = gateway ]; then LAST_SEEN+=". Take adopt out, and that gateway out of nodes, and run pulumi up; then put adopt back"; else LAST_SEEN+=", and the copies on it given up. There is no way back"; fi
        return 1
    done <<<"$rows"
}

# untake_seen EXPRESSION: of what `host` wrote down before the takeover; nothing where it can't be read.
untake_seen() {
    jq -r "$1 // \"\"" "$ADOPTED/seen.json" 2>/dev/null || true
}
