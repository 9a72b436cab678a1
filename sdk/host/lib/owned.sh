# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the other files
# What a program's resource looks after in Garage, as this node knows it: a file of root's for each, beside the ledger, written before anything
# is made. The owner's mark stands in Garage itself (store.jq), so every node finds it; what the resource has set stands only here.

# owned_find KIND: sets OWNED, their directory; OWNER_URN; OWN and OTHERS, the digests of the owner's URN and (as JSON) of those that it had; OWNED_FILE,
# and OWNED_ID and OWNED_SET, what it says.
owned_find() {
    local metadata urn old file others
    metadata_path metadata
    OWNED="$metadata/garage-node.owned"
    # Where nothing can be given to root, `host` has said so.
    roots_dir "$OWNED" || { [ ! -O "$metadata" ] && [ -d "$OWNED" ] && [ ! -L "$OWNED" ]; } ||
        fail unwritable "$OWNED can't be made, or isn't root's own (who put it there?); nothing was touched: look at it, and move it away"
    sheet_need owner OWNER_URN
    sha256_of "$OWNER_URN" OWN
    OWN="${OWN:0:40}"
    OWNED_FILE="$OWNED/$1-$OWN"
    OWNED_OLD=()
    sheet_all alias-owner others
    OTHERS=""
    while IFS= read -r urn; do
        [ -n "$urn" ] || continue
        sha256_of "$urn" old
        OTHERS+="${OTHERS:+,}\"${old:0:40}\""
        OWNED_OLD+=("$OWNED/$1-${old:0:40}")
    done <<<"$others"
    OTHERS="[$OTHERS]"
    OWNED_ID="" OWNED_SET=""
    for file in "$OWNED_FILE" ${OWNED_OLD[@]+"${OWNED_OLD[@]}"}; do
        [ -f "$file" ] || [ -L "$file" ] || continue
        { plain_files "$file" && roots_own "$file"; } || fail unreadable "$LAST_SEEN; nothing was touched: move it away"
        kv_get "$file" id OWNED_ID
        kv_get "$file" set OWNED_SET
        return
    done
}

# owned_note KIND NAME ID SET: what it says from now on.
owned_note() {
    local cluster text file
    ledger_get cluster cluster
    printf -v text 'owned 1\nkind %s\nname %s\nowner %s\ncluster %s%s\nset %s' "$1" "$2" "$OWNER_URN" "$cluster" "${3:+$'\n'id $3}" "$4"
    put_changed "$OWNED_FILE" "$text" || fail unwritable "can't write $OWNED_FILE; is the metadata volume full? Nothing more was touched"
    for file in ${OWNED_OLD[@]+"${OWNED_OLD[@]}"}; do [ ! -f "$file" ] || rm -f -- "$file"; done
    OWNED_ID="$3" OWNED_SET="$4"
}

owned_forget() {
    rm -f -- "$OWNED_FILE"
}

# owned_buckets VARIABLE: all buckets that were set from this node, as JSON: {own, owner, id, set}.
owned_buckets() {
    local KV="" _file _id _set _owner
    for _file in "$OWNED"/bucket-*; do
        if [ ! -f "$_file" ] || [ -L "$_file" ]; then continue; fi
        kv_get "$_file" id _id
        kv_get "$_file" set _set
        kv_get "$_file" owner _owner
        _owner="${_owner//\\/\\\\}"
        KV+="${KV:+,}{\"own\":\"${_file##*-}\",\"owner\":\"${_owner//\"/\\\"}\",\"id\":\"$_id\",\"set\":${_set:-null}}"
    done
    give "[$KV]" "$1"
}
