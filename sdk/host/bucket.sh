# shellcheck shell=bash
# bucket NAME DIGEST [reapply=TEXT]: the bucket is there as the sheet wants it: made, or taken up where this very resource made it; what differs is
# set, what an earlier call has set and nobody names any more is taken back. DIGEST and TEXT only make another call of it.

verb_bucket() {
    local rules=bucketNoRules
    store_begin bucket
    ! rules_matter || rules=bucketRules
    [ -z "$OWNED_ID" ] || QUESTIONS+=("bucket.$OWNED_ID")
    # shellcheck disable=SC2016 # variables of jq
    store_settle bucket "$1" 'judge_bucket($want; $world)' "$rules" bucket
    say "bucket $1: ${CHANGED:-as it is to be}"
    answer "${DONE%\}},\"changed\":[$CHANGED],\"warnings\":[$WARNINGS]}"
}
