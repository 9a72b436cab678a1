# shellcheck shell=bash
# key NAME DIGEST [reapply=TEXT]: the key is there as the sheet wants it; its answer has its secret, which stands nowhere else.

verb_key() {
    local rotate='"rotate":"(([^"\]|\\.)*)"'
    store_begin key
    # As it is written in JSON: within a text its quotes would have backslashes.
    if [[ "$WANT" =~ $rotate ]]; then
        sha256_of "${BASH_REMATCH[1]}" ROTATION
        ROTATION="${ROTATION:0:8}"
    fi
    [ -z "$OWNED_ID" ] || QUESTIONS+=("key.$OWNED_ID")
    # shellcheck disable=SC2016 # variables of jq
    store_settle key "$1" 'judge_key($want; $world)' key
    say "key $1: ${CHANGED:-as it is to be}"
    answer "${DONE%\}},\"changed\":[$CHANGED]}"
}
