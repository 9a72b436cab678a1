# shellcheck shell=bash
# What of garage.service depends on the generation and on options (writable paths, the signal, the limits): its drop-in.

write_drop_in() {
    local file="$ROOT/etc/systemd/system/garage.service.d/50-garage-node.conf" text old
    ! adopt_runs_old || return 0
    text="$(drop_in "$1")"
    text_of "$file" old
    if [ "$old" = "$text" ]; then
        unit_reload
        return
    fi
    install -d -m 755 "${file%/*}"
    put_file "$file" "$text" 644 || fail unwritable "can't write $file; is the disk full?"
    systemctl daemon-reload
}

# For what has not changed, but may have been written by a verb that was cut short. Never after a change: systemd before 257 doesn't see
# that a directory of drop-ins is new (its issue 31752).
unit_reload() {
    case "$(systemctl show garage.service -p LoadState -p NeedDaemonReload 2>/dev/null)" in
        "LoadState=loaded"$'\n'"NeedDaemonReload=no" | "NeedDaemonReload=no"$'\n'"LoadState=loaded") ;;
        *) systemctl daemon-reload ;;
    esac
}

drop_in() {
    local KV path metadata paths units grace files level signal=SIGTERM
    # 0.7 ends abruptly on SIGTERM; only SIGINT lets it flush (garage-facts: server.rs@v0.7.3).
    kv_find "$GENERATIONS/$1/info" series
    [ "$KV" != 0.7 ] || signal=SIGINT
    generation_info "$1" metadata metadata
    kv_all "$GENERATIONS/$1/info" data paths
    stop_grace "$1" grace
    open_files files
    option logLevel garage=info level
    echo "# Written by garage-node; lost at the next change."
    # As RequiresMountsFor would, but for one thing: a start that fails because a volume is late is never tried again by systemd. So `admit`
    # sees that it isn't there, and each further start asks for the mount anew.
    echo "[Unit]"
    while read -r path; do
        [ -n "$path" ] || continue
        mount_units "$path" units
        printf '%s=%s\n' Wants "$units" After "$units" PartOf "$units"
    done <<<"$metadata"$'\n'"$paths"
    echo "[Service]"
    while read -r path; do
        case "$path" in
            "") ;;
            # ProtectHome hides it; bound into an empty one, only this path is seen.
            /home/*) printf 'ProtectHome=tmpfs\nBindPaths="-%s"\n' "$path" ;;
            *) printf 'ReadWritePaths="-%s"\n' "$path" ;;
        esac
    done <<<"$metadata"$'\n'"$paths"
    echo "KillSignal=$signal"
    echo "TimeoutStopSec=$grace"
    echo "Environment=\"RUST_LOG=$level\""
    echo "LimitNOFILE=$files"
    imds_lines
}

# mount_units PATH VARIABLE: the units of all places where a volume that holds PATH may be mounted, by systemd's own escaping.
mount_units() {
    local KV="" _parts _part _name="" _char
    IFS=/ read -ra _parts <<<"${1#/}"
    for _part in "${_parts[@]}"; do
        [ -z "$_name" ] || _name+=-
        while [ -n "$_part" ]; do
            _char="${_part:0:1}"
            _part="${_part:1}"
            case "${_name:+x}$_char" in
                x[A-Za-z0-9:_.] | [A-Za-z0-9:_]) ;;
                *) printf -v _char '\\x%02x' $(($(printf '%d' "'$_char") & 255)) ;;
            esac
            _name+="$_char"
        done
        KV+="${KV:+ }$_name.mount"
    done
    give "$KV" "$2"
}

# stop_grace GENERATION VARIABLE: seconds until SIGKILL. 0.7 takes up to 12 s to flush on SIGINT, also when idle. From 0.9.2 to 1.0.0 a
# daemon never ends while a client is connected, and whoever connects meanwhile hangs: there every second is one of no answer to him.
stop_grace() {
    local KV _grace=10
    kv_find "$GENERATIONS/$1/info" release
    if [ -n "$KV" ] && ! release_lower "$KV" 0.9.2 && release_lower "$KV" 1.0.1; then _grace=2; fi
    option stopGraceSeconds "$_grace" _grace
    if [ "$_grace" -lt 30 ] && generation_is "$1" series 0.7; then _grace=30; fi
    give "$_grace" "$2"
}

# open_files VARIABLE: 42000 as upstream's unit; less where this machine (a container) doesn't allow it, for then the unit couldn't start.
open_files() {
    local KV="" _limits _words
    text_of "$ROOT/proc/1/limits" _limits
    while read -ra _words; do
        [ "${_words[*]:0:3}" != "Max open files" ] || KV="${_words[4]:-}"
    done <<<"$_limits"
    case "$KV" in *[!0-9]* | "") KV=42000 ;; esac
    [ "$KV" -lt 42000 ] || KV=42000
    give "$KV" "$1"
}
