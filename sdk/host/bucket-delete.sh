# shellcheck shell=bash
# bucket-delete NAME: the bucket goes, where it is this very resource's, and empty.

verb_bucket_delete() {
    store_begin bucket
    [ -z "$OWNED_ID" ] || QUESTIONS+=("bucket.$OWNED_ID")
    # shellcheck disable=SC2016 # a variable of jq
    store_settle bucket "$1" 'judge_bucket_delete($world)' bucketNoRules bucket bucketDelete
    owned_forget
    say "bucket $1: ${CHANGED:-is not here any more, or another resource looks after it: nothing was touched}"
    answer gone
}
