# shellcheck shell=bash
# Short lists, one row a line, without a process for each question. A list as long as a store's buckets is for `sort` and `comm`.

# among LINE TEXT: one of the lines of TEXT.
among() {
    case $'\n'"$2"$'\n' in *$'\n'"$1"$'\n'*) return 0 ;; esac
    return 1
}

# word_of KEY WORDS VARIABLE: the value of `KEY=` among them.
word_of() {
    local KV=" $2 "
    case "$KV" in *" $1="*) KV="${KV#*" $1="}" && KV="${KV%% *}" ;; *) KV="" ;; esac
    give "$KV" "$3"
}

# Sorts ROWS, by hand: they are few.
rows_sort() {
    local row i at
    for ((i = 1; i < ${#ROWS[@]}; i++)); do
        row="${ROWS[i]}"
        for ((at = i; at > 0; at--)); do
            [[ "$row" < "${ROWS[at - 1]}" ]] || break
            ROWS[at]="${ROWS[at - 1]}"
        done
        ROWS[at]="$row"
    done
}

# rows_give VARIABLE: ROWS, one a line.
rows_give() {
    local IFS=$'\n'
    give "${ROWS[*]-}" "$1"
}

# lines_sorted TEXT VARIABLE
lines_sorted() {
    local ROWS
    mapfile -t ROWS <<<"$1" || return 1
    rows_sort
    rows_give "$2"
}

# rows_but A B VARIABLE: the lines of A that aren't lines of B.
rows_but() {
    local _row ROWS=()
    while IFS= read -r _row; do
        [ -z "$_row" ] || among "$_row" "$2" || ROWS+=("$_row")
    done <<<"$1"
    rows_give "$3"
}
