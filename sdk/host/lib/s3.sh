# shellcheck shell=bash
# S3, asked with a key that lives only meanwhile: rules of CORS and lifecycle up to 2.3, and on 0.7 whether a bucket is empty. Signed here and not
# by curl, which before 7.86 leaves out a header that Garage wants signed.

# s3_open BUCKET: makes the key; it is noted before, so that the next verb takes it away where this one is killed. Sets S3_KEY and S3_SECRET.
s3_open() {
    local nonce
    [ -z "$S3_KEY" ] || return 0
    store_listens s3
    random_word nonce
    put_file "$OWNED/temporary" "pulumi temporary $nonce" || fail unwritable "can't write $OWNED/temporary; is the metadata volume full?"
    store_act make-key "pulumi temporary $nonce"
    { said_word accessKeyId "Key ID: " S3_KEY && said_word secretAccessKey "Secret key: " S3_SECRET; } ||
        fail garage-unclear "Garage made a key and doesn't say which; nothing more was touched: run pulumi up again"
    store_act allow "$1" "$S3_KEY" "read write owner"
}

# s3_close: the key goes, that of a verb that was killed too.
s3_close() {
    local name id
    text_of "$OWNED/temporary" name
    [ -n "$name" ] || return 0
    S3_KEY=""
    # shellcheck disable=SC2034 # store_ask's
    KEYS_SAID=""
    store_ask keys
    case "$ANSWERS" in *"$ASK_MARK keys 200"*) ;; *) fail garage-silent "Garage doesn't answer when asked for its keys; nothing more was touched: see journalctl -u garage, then run pulumi up again" ;; esac
    while read -r id; do store_act delete-key "$id"; done < <(keys_named "$name")
    rm -f -- "$OWNED/temporary"
}

# keys_named NAME: the ids of the keys of that name, of what was asked last.
keys_named() {
    if [ "$SERIES" = 0.7 ]; then
        awk -v name="$1" 'index($0, "  " name) && $1 ~ /^[A-Za-z0-9]+$/ { print $1 }' <<<"$ANSWERS"
    else
        jq -rR --arg name "$1" -n '[inputs] | join("\n") | split("\nanswered ")[0] | fromjson[] | select(.name == $name) | .id | strings | select(test("\\A[A-Za-z0-9._-]+\\z"))' <<<"$ANSWERS" 2>/dev/null
    fi
}

# s3_add NAME METHOD PATH QUERY BODY
s3_add() {
    local place payload stamp scope text region
    sheet_get region region
    region="${region:-garage}"
    own_place s3 place
    TZ=UTC0 printf -v stamp '%(%Y%m%dT%H%M%SZ)T' -1
    sha256_of "$5" payload
    scope="${stamp%%T*}/$region/s3/aws4_request"
    text="$2"$'\n'"$3"$'\n'"$4"$'\n'"host:$place"$'\n'"x-amz-content-sha256:$payload"$'\n'"x-amz-date:$stamp"$'\n\n'"host;x-amz-content-sha256;x-amz-date"$'\n'"$payload"
    sha256_of "$text" text
    s3_sign "$scope" "AWS4-HMAC-SHA256"$'\n'"$stamp"$'\n'"$scope"$'\n'"$text" text
    request_add "$1" "$2" "http://$place$3?$4" "$5" "Content-Type: application/xml" "x-amz-date: $stamp" "x-amz-content-sha256: $payload" \
        "Authorization: AWS4-HMAC-SHA256 Credential=$S3_KEY/$scope, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=$text"
}

# s3_sign SCOPE TEXT VARIABLE
s3_sign() {
    local _key="" _word _i
    _word="AWS4$S3_SECRET"
    for ((_i = 0; _i < ${#_word}; _i++)); do printf -v _key '%s%02x' "$_key" "'${_word:_i:1}"; done
    # shellcheck disable=SC2086 # the scope's four words
    for _word in ${1//\// } "$2"; do hmac "$_key" "$_word" _key; done
    give "$_key" "$3"
}
