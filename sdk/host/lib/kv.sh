# shellcheck shell=bash
# Files of lines `key value`: ledger, claim, options, what a generation and a backup say of themselves.

# kv_lines FILE: sets KV_LINES to its lines but the empty ones; none when there is no FILE. What can't be read whole must not pass for less
# than it is (a record without the line that holds a node): that ends the verb. Here bash keeps the empty KV_LINES on a read error, and gives
# 0 for a NUL.
kv_lines() {
    KV_LINES=()
    kv_regular "$1"
    [ -r "$1" ] || return 0
    KV_LINES=("")
    # In another user's directory (of a service of before) a pipe may have come behind the look: root isn't to wait at it for ever.
    if [ -O "${1%/*}" ]; then kv_read <"$1"; else kv_read < <(timeout 10 cat -- "$1" || printf '\0'); fi 2>/dev/null || true
    [ "${#KV_LINES[@]}" -eq 0 ] || [ -n "${KV_LINES[0]}" ] || {
        # Else it would be looked for in this very file.
        NODE_NAME="${NODE_NAME:-$(uname -n)}"
        fail unreadable "$1 can't be read to its end, or holds bytes that are no text: is its disk well? Nothing was done"
    }
}

kv_read() {
    ! IFS=$'\n' read -rd '' -a KV_LINES || KV_LINES=("")
}

# A link leads to somebody else's words, and a pipe has no end.
kv_regular() {
    local KV
    odd_find "$1"
    [ -n "$KV" ] || return 0
    NODE_NAME="${NODE_NAME:-$(uname -n)}"
    fail unreadable "$1 is $KV, and no file of this tool: find out who put it there, and move it away. Nothing was done"
}

# kv_split LINE: sets KV_KEY and KV, without the blanks around them.
kv_split() {
    local line="${1#"${1%%[![:blank:]]*}"}"
    KV_KEY="${line%%[[:blank:]]*}"
    line="${line#"$KV_KEY"}"
    line="${line#"${line%%[![:blank:]]*}"}"
    KV="${line%"${line##*[![:blank:]]}"}"
}

# kv_unfit RECORD: KV is no value of KV_KEY there (types.sh); an empty one is as good as none. What it is isn't shown: it may be a secret, or
# text that plays with a terminal.
kv_unfit() {
    local type
    is_key "$KV_KEY" || return 0
    type_of "$1" "$KV_KEY" type
    [ -n "$KV" ] && ! fits "${type%\*}" "$KV"
}

# kv_record FILE VARIABLE: which kind of record it is, by its name.
kv_record() {
    case "${1##*/}" in
        *.ledger) give ledger "$2" ;;
        *.volume) give volume "$2" ;;
        *.adopted) give adopted "$2" ;;
        formatting-*) give formatting "$2" ;;
        claim | info | manifest | left | peers) give "${1##*/}" "$2" ;;
        options*) give options "$2" ;;
        *) give other "$2" ;;
    esac
}

# What was read of a file: its text, and by number of that text, file and key the values, each with a newline behind it. The file is read
# whenever it is asked, and its lines are taken apart again when they are others than those before: nothing here can be old.
declare -gA KV_TEXTS=() KV_NUMBERS=() KV_STORE=() KV_ODD=()

# kv_values FILE KEY: sets VALUES to all values of KEY, in their order, each with a newline behind it.
kv_values() {
    local KV_LINES text=""
    kv_lines "$1"
    [ "${#KV_LINES[@]}" -eq 0 ] || printf -v text '%s\n' "${KV_LINES[@]}"
    [ "${KV_TEXTS[$1]-}" = "$text" ] || kv_store "$1" "$text"
    text="${KV_NUMBERS[$1]-} $1 $2"
    [ -z "${KV_ODD[$text]-}" ] || {
        NODE_NAME="${NODE_NAME:-$(uname -n)}"
        fail record-unfit "what $1 says of \"$2\" can't be meant (somebody else wrote it, or its disk is in trouble); nothing was done"
    }
    VALUES="${KV_STORE[$text]-}"
}

# kv_store FILE TEXT: takes KV_LINES apart.
kv_store() {
    local line KV KV_KEY record number
    kv_record "$1" record
    number=$((${KV_NUMBERS[$1]:-0} + 1))
    for line in ${KV_LINES[@]+"${KV_LINES[@]}"}; do
        kv_split "$line"
        is_key "$KV_KEY" || continue
        KV_STORE[$number $1 $KV_KEY]+="$KV"$'\n'
        ! kv_unfit "$record" || KV_ODD[$number $1 $KV_KEY]=yes
    done
    KV_TEXTS[$1]="$2" KV_NUMBERS[$1]="$number"
}

# kv_find FILE KEY: sets KV to the last value of KEY, empty when there is none. Setting a variable takes no process; `$(…)` takes one.
kv_find() {
    local VALUES
    kv_values "$1" "$2"
    KV="${VALUES%$'\n'}"
    KV="${KV##*$'\n'}"
}

# kv_get FILE KEY [VARIABLE]: the last value of KEY; nothing when there is none.
kv_get() {
    local KV
    kv_find "$1" "$2"
    give "$KV" "${3:-}"
}

# kv_has FILE KEY VALUE: one of the lines of KEY has exactly that value.
kv_has() {
    local VALUES
    kv_values "$1" "$2"
    case $'\n'"$VALUES" in *$'\n'"$3"$'\n'*) return 0 ;; esac
    return 1
}

# kv_all FILE KEY [VARIABLE]: all its values, one a line.
kv_all() {
    local VALUES
    kv_values "$1" "$2"
    give_lines "$VALUES" "${3:-}"
}
