# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN and the like are for the callers
# Buckets and keys: Garage is asked what is there, a judge (bucket.jq, bucketDelete.jq, key.jq, keyDelete.jq) says what is to be done next, that
# is done, and all is asked again, until nothing is left to do. So what was cut short anywhere goes on, and what is said at the end was seen.

# store_begin KIND: it may be asked now, and is meant. Sets what owned_find sets, and ASK_MARK.
store_begin() {
    local KV
    require_identity
    fence_own_host
    jq_needed
    sheet_need want WANT
    store_refuse_hop
    ! ledger_knows held || fail held "this node is held: $(ledger_get held); no bucket or key was touched"
    case "$CURRENT" in *.quiet) fail s3-off "S3 is off on this node ($CURRENT); no bucket or key was touched: finish the upgrade, then run pulumi up again" ;; esac
    ASK_MARK="answered $RANDOM$RANDOM$RANDOM"
    S3_KEY="" S3_SECRET="" SHOWN="" CHANGED="" WARNINGS="" ANSWERS="" ACT_SAID="" QUESTIONS=(keys buckets) RECORDS="[]" ROTATION=0 RULES=s3 DONE="" JUDGE_KNOWS="" KEYS_SAID="" MADE="" STORE_KIND="$1"
    current_info series
    SERIES="$KV"
    current_info release
    if [ "$SERIES" = 2 ] && ! release_lower "$KV" 2.4.0; then RULES="admin"; fi
    if [ "$SERIES" != 0.7 ]; then
        store_listens admin
        admin_find || fail garage-silent "the admin token in $SECRETS can't be read; nothing was touched: run pulumi up, which writes it"
    fi
    owned_find "$1"
    s3_close
}

store_refuse_hop() {
    ! ledger_is hopstate open ||
        fail hop-open "the major upgrade $(ledger_get hop) is open on this node; buckets and keys come after it, none was touched: finish it, or go back, then run pulumi up again"
}

store_listens() {
    local LAST_SEEN=""
    daemon_takes "$1" || fail garage-silent "$LAST_SEEN; nothing was touched: see journalctl -u garage, then run pulumi up again"
}

# --- asking -----------------------------------------------------------------------------------------------------------

# store_ask QUESTION…: sets ANSWERS to what Garage says to them. Each question to the admin API takes Garage 1 and 2 a tenth of a second, for its
# token (argon2): of a bucket's call the keys are asked for once, unless it changes them.
store_ask() {
    local each OWN_RPC
    REQUESTS=""
    ANSWERS="$KEYS_SAID"
    [ "$SERIES" != 0.7 ] || own_rpc_find
    for each in "$@"; do
        if [ "$each" = keys ] && [ -n "$KEYS_SAID" ]; then continue; fi
        case "$SERIES:$each" in
            *:cors.* | *:lifecycle.* | *:objects.* | *:uploads.*) s3_question "$each" ;;
            0.7:keys) store_cli "$each" key list ;;
            0.7:buckets) store_cli "$each" bucket list ;;
            0.7:*) store_cli "$each" "${each%%.*}" info "${each#*.}" ;;
            2:keys) admin_add "$each" GET /v2/ListKeys "" ;;
            2:buckets) admin_add "$each" GET /v2/ListBuckets "" ;;
            2:bucket.*) admin_add "$each" GET "/v2/GetBucketInfo?id=${each#*.}" "" ;;
            2:key.*) admin_add "$each" GET "/v2/GetKeyInfo?id=${each#*.}&showSecretKey=true" "" ;;
            0.8:keys | 0.8:buckets) admin_add "$each" GET "/v0/${each%s}?list" "" ;;
            0.8:*) admin_add "$each" GET "/v0/${each%%.*}?id=${each#*.}" "" ;;
            *:keys | *:buckets) admin_add "$each" GET "/v1/${each%s}?list" "" ;;
            *) admin_add "$each" GET "/v1/${each%%.*}?id=${each#*.}&showSecretKey=true" "" ;;
        esac
    done
    ANSWERS+="$(requests_put)"$'\n'
    [ "$STORE_KIND" = key ] || store_keys_kept
}

store_keys_kept() {
    local end="$ASK_MARK keys 200"$'\n'
    case "$ANSWERS" in *"$end"*) KEYS_SAID="${ANSWERS%%"$end"*}$end" ;; esac
}

# store_cli NAME WORDS…: as the admin API would answer.
store_cli() {
    local said code=200
    said="$( (exec_garage "$OWN_RPC" "${@:2}" 2>&1) | head -c "$ANSWER_MOST")" || case "$said" in *" not found"* | *"0 matching"*) code=404 ;; *) code=500 ;; esac
    ANSWERS+="$said"$'\n'"$ASK_MARK $1 $code"$'\n'
}

s3_question() {
    local id="${1#*.}"
    case "$1" in
        objects.*) s3_add "$1" GET "/$id" "list-type=2&max-keys=1" "" ;;
        *) s3_add "$1" GET "/$id" "${1%%.*}=" "" ;;
    esac
}

# rules_matter: rules of CORS or lifecycle are named, or were set from here, or none but those that are named may be there.
rules_matter() {
    case "$OWNED_SET" in *'"lifecycle":["'* | *'"cors":[['*) return 0 ;; esac
    case "$WANT" in *'"exclusive":true'*) return 0 ;; *'"lifecycle":null'*) ;; *) return 0 ;; esac
    case "$WANT" in *'"cors":null'*) return 1 ;; esac
}

# --- until it is so ---------------------------------------------------------------------------------------------------

# store_settle KIND NAME EXPRESSION FILE…: until EXPRESSION has no more acts, asking QUESTIONS. Sets DONE to what it ends with, CHANGED to what
# was told.
store_settle() {
    local kind="$1" name="$2" round ACTS NOTED
    shift 2
    for round in 1 2 3 4 5 6 7 8 9 10; do
        store_look "$@"
        [ -z "$NOTED" ] || owned_note "$kind" "$name" "${NOTED%%$'\x1f'*}" "${NOTED#*$'\x1f'}"
        [ "${#ACTS[@]}" -gt 0 ] || break
        store_act_all "$kind"
        # What was changed shows late too; to do it again does no harm.
        [ "$round" -lt 5 ] || nap 0.3
    done
    store_judge_gone
    s3_close
    [ "${#ACTS[@]}" -eq 0 ] || fail store-unsettled "Garage takes what is asked of it, and says ten times that it isn't so (${ACTS[0]//$'\x1f'/ }); run pulumi up again, and see journalctl -u garage"
    [ -n "$DONE" ] || fail garage-unclear "nothing came of what Garage says of its buckets and keys; run pulumi up again"
}

# store_look EXPRESSION FILE…: asks, and what else the verdict needs to know; sets ACTS, NOTED, DONE.
store_look() {
    local kind rest more=yes VERDICT
    while [ "$more" = yes ]; do
        store_judge_ready "$@"
        store_ask "${QUESTIONS[@]}"
        store_await_made
        store_judge
        ACTS=() NOTED="" more=no
        while IFS=$'\x1f' read -r kind rest; do
            case "$kind" in
                ask)
                    case "$rest" in cors.* | lifecycle.* | objects.* | uploads.*) s3_open "${rest#*.}" ;; esac
                    case " ${QUESTIONS[*]} " in *" $rest "*) fail garage-unclear "Garage doesn't say $rest, asked twice; nothing more was touched: run pulumi up again" ;; esac
                    QUESTIONS+=("$rest")
                    more=yes
                    ;;
                refuse) store_refused "${rest%%$'\x1f'*}" "${rest#*$'\x1f'}" ;;
                act) ACTS+=("$rest") ;;
                set) NOTED="$rest" ;;
                warn) say "warning: $rest" && WARNINGS+="${WARNINGS:+,}\"$rest\"" ;;
                done) DONE="$rest" ;;
            esac
        done <<<"$VERDICT"
    done
}

# store_await_made: until the lists show what was made last. This node reads its own copy, which may be written a moment after those of others: judged
# before that, it would be made again.
store_await_made() {
    local tries
    for ((tries = 1; ; tries++)); do
        case "$ANSWERS" in
            *"$MADE"*"$ASK_MARK buckets 200"*) MADE="" && return ;;
            *"$ASK_MARK keys 200"*"$ASK_MARK buckets 200"*) ;;
            # The judge says what is wrong.
            *) return ;;
        esac
        [ "$tries" -lt 20 ] || fail store-unsettled "Garage has made $MADE, and doesn't show it on this node; nothing more was touched: run pulumi up again, and see journalctl -u garage"
        nap 0.3
        KEYS_SAID=""
        store_ask "${QUESTIONS[@]}"
    done
}

# store_refused ID TEXT: an owner is named, where this node knows it.
store_refused() {
    local text="$2" whose="a resource whose mark is pulumi" mark file owner=""
    s3_close
    mark="${text#*"$whose"}"
    case "$mark" in
        -*) mark="${mark:0:41}" ;;
        # A key's name has the beginning of its owner's digest.
        :*) mark="${mark:0:13}" ;;
        *) mark="" ;;
    esac
    # It becomes part of a path.
    case "${mark:1}" in *[!0-9a-f]*) mark="" ;; esac
    [ -z "$mark" ] || for file in "$OWNED"/*"-${mark:1}"*; do kv_get "$file" owner owner; done
    [ -z "$owner" ] || text="${text%%"$whose$mark"*}$owner${text#*"$whose$mark"}"
    fail "$1" "$text"
}

# store_act_all KIND
store_act_all() {
    local act told words
    for act in "${ACTS[@]}"; do
        IFS=$'\x1f' read -r told act <<<"$act"
        # The last one may be empty, and counts.
        IFS=$'\x1f' read -ra words <<<"$act"$'\x1f'
        store_act "${words[@]}"
        store_made "$1" "${words[@]}"
        [ "$told" = '""' ] || CHANGED+="${CHANGED:+,}$told"
    done
}

# store_made KIND ACT WORDS…: what was made now is asked for with the next look; sets MADE to what shows it in a list: a bucket's mark, a key's id.
store_made() {
    local id=""
    case "$2" in
        make-bucket)
            MADE="$4"
            ! said_word id "" id || QUESTIONS+=("bucket.$id")
            ;;
        make-key | import-key)
            said_word accessKeyId "Key ID: " id || return 0
            MADE="$id"
            [ "$1" = bucket ] || QUESTIONS+=("key.$id")
            ;;
    esac
    return 0
}

# said_word KEY BEFORE VARIABLE: the word of KEY in what was answered to the last act, of 0.7's CLI the one behind BEFORE; 1 where there is none.
said_word() {
    local pattern="\"$1\": *\"([A-Za-z0-9]+)\""
    [ "$SERIES" != 0.7 ] || pattern="$2([A-Za-z0-9]+)"
    if [ "$SERIES:$2" = 0.7: ] || ! [[ "$ACT_SAID" =~ $pattern ]]; then return 1; fi
    give "${BASH_REMATCH[1]}" "$3"
}
