# shellcheck shell=bash
# pace: asked by systemd before every start, beside `admit`. systemd tries again for ever what is refused or crashes, for what is missing (a
# volume, an address) may come late; here the tries get rarer, up to one a minute. Nothing waits that a verb or a person starts.

verb_pace() {
    local restarts now last tries pause
    daemon_show NRestarts restarts || true
    case "$restarts" in
        "" | 0 | *[!0-9]*)
            rm -f "$RUN/pace"
            return 0
            ;;
    esac
    clock now
    { read -r last tries <"$RUN/pace"; } 2>/dev/null || true
    case "${last:-x}${tries:-x}" in *[!0-9]*) last=0 tries=0 ;; esac
    # One that ran for ten minutes begins anew.
    [ $((now - last)) -lt 600 ] || tries=0
    pause=$(((tries - 4) * 10))
    [ "$pause" -le 60 ] || pause=60
    if [ "$pause" -gt 0 ]; then
        say "$tries starts in a row came to nothing; the next one in $pause s"
        sleep "$pause"
        clock now
    fi
    (umask 077 && mkdir -p "$RUN")
    printf '%s %s\n' "$now" $((tries + 1)) >"$RUN/pace"
}
