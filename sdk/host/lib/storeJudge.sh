# shellcheck shell=bash
# shellcheck disable=SC2034  # VERDICT is for the callers
# One jq judges all looks of a verb: to read its program takes jq 1.6 longer than all the rest.

# store_judge_ready EXPRESSION FILE…: a jq that makes EXPRESSION, of those files of jq, of each look, as $world; $want is the sheet's, which may hold
# a secret, $records are RECORDS'. It reads its program while Garage is asked.
store_judge_ready() {
    local expression="$1" file files text part to from
    files="words store storeNoRules"
    if [ "$RULES" = admin ] && rules_matter; then files="words store storeRules"; fi
    case " ${QUESTIONS[*]}" in *" cors."* | *" lifecycle."* | *" objects."*) files="words store storeRules storeS3" ;; esac
    if [ "$SERIES" = 0.7 ]; then files+=" storeCli"; else files+=" storeApi"; fi
    [ "$JUDGE_KNOWS" != "$files" ] || return 0
    store_judge_gone
    JUDGE_KNOWS="$files"
    text="def look(\$record; \$shown; \$temporary):"$'\n'
    for file in $files storeWorld "${@:2}"; do
        text_of "$JQ_DIR/$file.jq" part
        text+="$part"$'\n'
    done
    text+="def expression(\$want; \$records; \$world): $expression;"$'\n'
    text_of "$JQ_DIR/storeVerdict.jq" part
    text+="$part;"$'\n'
    text_of "$JQ_DIR/storeLooks.jq" part
    text+="$part"
    coproc JUDGE {
        exec jq -nrR --unbuffered --arg series "$SERIES" --arg rules "$RULES" --arg mark "$ASK_MARK" --arg own "$OWN" --arg rotation "$ROTATION" \
            --arg urn "$OWNER_URN" --argjson others "$OTHERS" "$text" 2>/dev/null
    }
    # When jq ends bash closes its own two, whose numbers are others' then.
    to="${JUDGE[1]}" from="${JUDGE[0]}"
    exec {JUDGE_TO}>&"$to" {JUDGE_FROM}<&"$from"
    exec {to}>&- {from}<&-
}

# store_judge: sets VERDICT to what becomes of ANSWERS. Whatever goes wrong in it is a refusal.
store_judge() {
    local line record=null
    [ -z "$OWNED_SET" ] || record="{\"id\":\"$OWNED_ID\",\"set\":$OWNED_SET}"
    VERDICT=""
    # A jq that is gone reads nothing, which isn't to end this shell.
    trap '' PIPE
    { printf '%s\n' "$WANT" "$RECORDS" "$record" "$SHOWN" "$S3_KEY" "$ANSWERS" "$ASK_MARK" >&"$JUDGE_TO"; } 2>/dev/null || true
    trap - PIPE
    while IFS= read -r -u "$JUDGE_FROM" line; do
        [ "$line" != "$ASK_MARK" ] || return 0
        VERDICT+="$line"$'\n'
    done 2>/dev/null
    VERDICT=$'refuse\x1fgarage-unclear\x1fwhat Garage says of its buckets and keys can not be judged (jq ended); nothing more was touched: run pulumi up again'
}

store_judge_gone() {
    [ -n "$JUDGE_KNOWS" ] || return 0
    exec {JUDGE_TO}>&-
    exec {JUDGE_FROM}<&-
    JUDGE_KNOWS=""
}
