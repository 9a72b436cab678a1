# shellcheck shell=bash
# key-delete NAME: the key goes, and those that it had before, where no bucket with objects and nobody else's right hangs on them.

verb_key_delete() {
    store_begin key
    owned_buckets RECORDS
    # shellcheck disable=SC2016 # variables of jq
    store_settle key "$1" 'judge_key_delete($world; $urn; $records)' key keyDelete
    owned_forget
    say "key $1: ${CHANGED:-is not here any more, or another resource looks after it: nothing was touched}"
    answer gone
}
