# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the other files
# What is done to buckets and keys, act by act, by the series that runs here: 0.7 by Garage's CLI, later ones by the admin API.

# store_act NAME WORDS…: does it; sets ACT_SAID to what is answered. What Garage doesn't take ends the verb: nothing behind it is done.
store_act() {
    local ANSWERS="" code OWN_RPC WORDS=() shown=""
    REQUESTS=""
    case "$1" in *-key) KEYS_SAID="" ;; esac
    case "$SERIES:$1" in
        *:s3) s3_add act "$2" "/$3" "$4=" "$5" ;;
        0.7:*)
            act_words "$@"
            [ "$1" != show-website ] || shown="$3"
            own_rpc_find
            store_cli act "${WORDS[@]}"
            ;;
        2:*) act_request "$@" ;;
        *) act_request_old "$@" ;;
    esac
    [ -n "$ANSWERS" ] || ANSWERS="$(requests_put)"
    # What was cut has no end; and to look for one in vain by `##` takes bash minutes.
    case "$ANSWERS" in *"$ASK_MARK act "*) ;; *) ANSWERS=$'\n'"$ASK_MARK act 000" ;; esac
    code="${ANSWERS##*"$ASK_MARK act "}"
    ACT_SAID="${ANSWERS%$'\n'"$ASK_MARK act "*}"
    case "${code:0:3}" in 20[04]) ;; *) store_act_failed "${code:0:3}" ;; esac
    SHOWN="${shown:-$SHOWN}"
}

# store_act_failed CODE. Only what is known to be a message is said: what else was answered may hold a key's secret.
store_act_failed() {
    local said="" json='"message": *"([^"]*)"' xml='<Message>([^<]*)</Message>'
    [ -z "$S3_KEY" ] || s3_close
    ACT_SAID="${ACT_SAID:0:16384}"
    case "$ACT_SAID" in
        *BucketNotEmpty* | *"is not empty"*)
            fail bucket-not-empty "Garage says that the bucket isn't empty; it was not deleted. Empty it, or set retainOnDelete: true on the bucket and its keys, run pulumi up, and remove them afterwards" ;;
        *"Error: "*) said="${ACT_SAID##*"Error: "}" ;;
    esac
    if [[ "$ACT_SAID" =~ $json ]] || [[ "$ACT_SAID" =~ $xml ]]; then said="${BASH_REMATCH[1]}"; fi
    said="${said//[[:cntrl:]]/ }"
    fail garage-refused "Garage doesn't do what was asked of it (${1/000/no answer})${said:+: ${said:0:300}}; what was done before that stays, and the next pulumi up goes on from there"
}

# act_words NAME WORDS…: sets WORDS to the words of 0.7's CLI.
act_words() {
    local flags
    case "$1" in
        make-key) WORDS=(key new --name "$2") ;;
        name-key) WORDS=(key rename "$2" "$3") ;;
        allow-create | deny-create) WORDS=(key "${1%-create}" --create-bucket "$2") ;;
        delete-key) WORDS=(key delete --yes "$2") ;;
        # Made under a name for all, which goes when it has its mark.
        make-bucket) WORDS=(bucket create "$3") ;;
        delete-bucket) WORDS=(bucket delete --yes "$3") ;;
        alias) WORDS=(bucket alias "$2" "$3") ;;
        unalias) WORDS=(bucket unalias "$3") ;;
        local) WORDS=(bucket alias --local "$3" "$2" "$4") ;;
        unlocal) WORDS=(bucket unalias --local "$3" "$4") ;;
        allow | deny)
            read -ra flags <<<"$4"
            WORDS=(bucket "$1" "${flags[@]/#/--}" "$2" --key "$3")
            ;;
        show-website)
            WORDS=(bucket website --allow "--index-document=$4" "$2")
            [ -z "$5" ] || WORDS=(bucket website --allow "--index-document=$4" "--error-document=$5" "$2")
            ;;
        hide-website) WORDS=(bucket website --deny "$2") ;;
        *) fail garage-unclear "Garage 0.7 has no way to do \"$1\"; nothing more was touched" ;;
    esac
}

# act_request_old NAME WORDS…: of the API v0 (0.8) and v1 (0.9 and 1).
act_request_old() {
    local at=/v1 body
    [ "$SERIES" != 0.8 ] || at=/v0
    act_body "$@"
    case "$1" in
        make-key) admin_add act POST "$at/key" "$body" ;;
        import-key) admin_add act POST "$at/key/import" "$body" ;;
        name-key | allow-create | deny-create) admin_add act POST "$at/key?id=$2" "$body" ;;
        delete-key) admin_add act DELETE "$at/key?id=$2" "" ;;
        make-bucket) admin_add act POST "$at/bucket" "$body" ;;
        delete-bucket) admin_add act DELETE "$at/bucket?id=$2" "" ;;
        alias) admin_add act PUT "$at/bucket/alias/global?id=$2&alias=$3" "" ;;
        unalias) admin_add act DELETE "$at/bucket/alias/global?id=$2&alias=$3" "" ;;
        local) admin_add act PUT "$at/bucket/alias/local?id=$2&accessKeyId=$3&alias=$4" "" ;;
        unlocal) admin_add act DELETE "$at/bucket/alias/local?id=$2&accessKeyId=$3&alias=$4" "" ;;
        allow | deny) admin_add act POST "$at/bucket/$1" "$body" ;;
        update-bucket) admin_add act PUT "$at/bucket?id=$2" "$body" ;;
        *) fail garage-unclear "Garage $SERIES has no way to do \"$1\"; nothing more was touched" ;;
    esac
}

# act_request NAME WORDS…: of the API v2.
act_request() {
    local body
    act_body "$@"
    case "$1" in
        make-key) admin_add act POST /v2/CreateKey "$body" ;;
        import-key) admin_add act POST /v2/ImportKey "$body" ;;
        name-key | allow-create | deny-create | expires) admin_add act POST "/v2/UpdateKey?id=$2" "$body" ;;
        delete-key) admin_add act POST "/v2/DeleteKey?id=$2" "" ;;
        make-bucket) admin_add act POST /v2/CreateBucket "$body" ;;
        delete-bucket) admin_add act POST "/v2/DeleteBucket?id=$2" "" ;;
        alias) admin_add act POST /v2/AddBucketAlias "{\"bucketId\":\"$2\",\"globalAlias\":\"$3\"}" ;;
        unalias) admin_add act POST /v2/RemoveBucketAlias "{\"bucketId\":\"$2\",\"globalAlias\":\"$3\"}" ;;
        local) admin_add act POST /v2/AddBucketAlias "{\"bucketId\":\"$2\",\"accessKeyId\":\"$3\",\"localAlias\":\"$4\"}" ;;
        unlocal) admin_add act POST /v2/RemoveBucketAlias "{\"bucketId\":\"$2\",\"accessKeyId\":\"$3\",\"localAlias\":\"$4\"}" ;;
        allow) admin_add act POST /v2/AllowBucketKey "$body" ;;
        deny) admin_add act POST /v2/DenyBucketKey "$body" ;;
        update-bucket) admin_add act POST "/v2/UpdateBucket?id=$2" "$body" ;;
        *) fail garage-unclear "nobody knows how to do \"$1\"; nothing more was touched" ;;
    esac
}

# act_body NAME WORDS…: sets body to what both APIs take. Names and ids were looked at by the judge; a key's name may hold what JSON has to quote.
act_body() {
    local flag granted="" name
    body=""
    case "$1" in
        make-key) quoted "$2" name && body="{\"name\":\"$name\"}" ;;
        name-key) quoted "$3" name && body="{\"name\":\"$name\"}" ;;
        import-key) body="$2" ;;
        update-bucket) body="$3" ;;
        allow-create | deny-create) body="{\"${1%-create}\":{\"createBucket\":true}}" ;;
        expires)
            body='{"neverExpires":true}'
            [ -z "$3" ] || body="{\"expiration\":\"$3\"}"
            ;;
        make-bucket) body="{\"localAlias\":{\"accessKeyId\":\"$2\",\"alias\":\"$3\"}}" ;;
        allow | deny)
            for flag in read write owner; do
                case " $4 " in *" $flag "*) granted+="${granted:+,}\"$flag\":true" ;; *) granted+="${granted:+,}\"$flag\":false" ;; esac
            done
            body="{\"bucketId\":\"$2\",\"accessKeyId\":\"$3\",\"permissions\":{$granted}}"
            ;;
    esac
}
