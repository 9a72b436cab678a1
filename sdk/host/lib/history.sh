# shellcheck shell=bash
# What was done to a node, for people: a file beside its ledger. Nothing is judged by it.

# history_add TEXT…: a line for each: when, which stack, which package, what. Nothing is judged by it, so a full disk ends nothing here.
history_add() {
    local file text stack package now lines
    [ $# -gt 0 ] || return 0
    sheet_get stack stack
    sheet_get package package
    now_iso now
    history_file file
    text_of "$file" lines
    for text in "$@"; do lines+="${lines:+$'\n'}$now ${stack:--} ${package:--} ${text//[[:cntrl:]]/ }"; done
    put_file "$file" "$lines" || say "the history $file can't be written; is the metadata volume full?"
}

# history_file [VARIABLE]
history_file() {
    local LEDGER_FILE
    ledger_find || true
    give "${LEDGER_FILE%.ledger}.history" "${1:-}"
}

# Up to 0.1.0 the history stood in the ledger, and slowed down each of its questions. Whoever is cut short in here does it again.
history_moved() {
    local line KV KV_KEY old="" file have rest=()
    for line in ${KV_LINES[@]+"${KV_LINES[@]}"}; do
        kv_split "$line"
        if [ "$KV_KEY" = history ]; then old+="${old:+$'\n'}$KV"; else rest+=("$line"); fi
    done
    [ -n "$old" ] || return 0
    history_file file
    text_of "$file" have
    case "$have" in *"$old"*) ;; *) put_file "$file" "$old${have:+$'\n'}$have" || return 1 ;; esac
    KV_LINES=(${rest[@]+"${rest[@]}"})
}
