# shellcheck shell=bash
# Files of lines `key value`: ledger, claim, options, what a generation and a backup say of themselves.

# kv_lines FILE: sets KV_LINES to its lines but the empty ones; none when there is no FILE. What can't be read whole must not pass for less
# than it is (a record without the line that holds a node): that ends the verb. Here bash keeps the empty KV_LINES on a read error, and gives
# 0 for a NUL.
kv_lines() {
    KV_LINES=()
    [ -r "$1" ] || return 0
    KV_LINES=("")
    { ! IFS=$'\n' read -rd '' -a KV_LINES || KV_LINES=(""); } <"$1" 2>/dev/null || true
    [ "${#KV_LINES[@]}" -eq 0 ] || [ -n "${KV_LINES[0]}" ] || {
        # Else it would be looked for in this very file.
        NODE_NAME="${NODE_NAME:-$(uname -n)}"
        fail unreadable "$1 can't be read to its end, or holds bytes that are no text: is its disk well? Nothing was done"
    }
}

# kv_values FILE KEY: sets VALUES to all values of KEY, in their order. One read of the file and no process: these are asked for thousands
# of times in a roll.
kv_values() {
    local line KV_LINES
    VALUES=()
    kv_lines "$1"
    for line in ${KV_LINES[@]+"${KV_LINES[@]}"}; do
        case "$line" in *"$2"*) ;; *) continue ;; esac
        line="${line#"${line%%[![:blank:]]*}"}"
        [ "${line%%[[:blank:]]*}" = "$2" ] || continue
        line="${line#"$2"}"
        line="${line#"${line%%[![:blank:]]*}"}"
        VALUES+=("${line%"${line##*[![:blank:]]}"}")
    done
}

# kv_find FILE KEY: sets KV to the last value of KEY, empty when there is none. Setting a variable takes no process; `$(…)` takes one.
kv_find() {
    local VALUES
    kv_values "$1" "$2"
    KV=""
    [ "${#VALUES[@]}" -eq 0 ] || KV="${VALUES[-1]}"
}

# kv_get FILE KEY [VARIABLE]: the last value of KEY; nothing when there is none.
kv_get() {
    local KV
    kv_find "$1" "$2"
    give "$KV" "${3:-}"
}

# kv_has FILE KEY VALUE: one of the lines of KEY has exactly that value.
kv_has() {
    local VALUES value
    kv_values "$1" "$2"
    for value in ${VALUES[@]+"${VALUES[@]}"}; do
        if [ "$value" = "$3" ]; then return 0; fi
    done
    return 1
}

# kv_all FILE KEY [VARIABLE]: all its values, one a line.
kv_all() {
    local KV=""
    kv_collect "$1" "$2"
    give_lines "$KV" "${3:-}"
}

kv_collect() {
    local VALUES value
    kv_values "$1" "$2"
    for value in ${VALUES[@]+"${VALUES[@]}"}; do KV+="$value"$'\n'; done
}
