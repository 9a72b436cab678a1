# shellcheck shell=bash
# Requests to this node's admin API and S3, by curl's configuration on its stdin: neither token nor body ever stands in argv.

# What Garage says of all buckets or keys is less.
ANSWER_MOST=67108864

# admin_find: sets ADMIN_URL and ADMIN_TOKEN, quoted for curl; 1 where there is no token.
admin_find() {
    secret_of admin_token ADMIN_TOKEN || return 1
    quoted "$ADMIN_TOKEN" ADMIN_TOKEN
    own_place admin ADMIN_URL
    ADMIN_URL="http://$ADMIN_URL"
}

# request_add NAME METHOD URL BODY HEADER…: adds one to REQUESTS. What it answers ends with a line of the mark, NAME and the HTTP code.
request_add() {
    local name="$1" method="$2" url="$3" body="$4" header
    shift 4
    [ -z "$REQUESTS" ] || REQUESTS+=$'next\n'
    quoted "$url" url
    REQUESTS+="url = \"$url\""$'\n'"request = $method"$'\n'"write-out = \"\\n$ASK_MARK $name %{http_code}\\n\""$'\n'
    REQUESTS+=$'silent\ngloboff\nnoproxy = "*"\nmax-time = 60\n'
    for header in "$@"; do REQUESTS+="header = \"$header\""$'\n'; done
    [ -n "$body" ] || return 0
    quoted "$body" body
    # Not data-binary: of a body that begins with @ curl would read a file, as root.
    REQUESTS+="data-raw = \"$body\""$'\n'
}

# admin_add NAME METHOD PATH BODY
admin_add() {
    request_add "$1" "$2" "$ADMIN_URL$3" "$4" "Authorization: Bearer $ADMIN_TOKEN" "Content-Type: application/json"
}

# requests_put: puts them, one after the other, and prints what is answered; no more than this host has memory for, as a daemon that lies may never end.
requests_put() {
    [ -z "$REQUESTS" ] || printf '%s' "$REQUESTS" | curl --config - 2>/dev/null | head -c "$ANSWER_MOST" || true
}
