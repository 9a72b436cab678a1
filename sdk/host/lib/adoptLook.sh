# shellcheck shell=bash
# What runs here before it is taken over, against what the call says was seen. Reads only; `look` asks before anything is claimed anywhere,
# `host` once more. Whoever wrote into the old daemon's directories is nobody to be believed: inspect's documents are taken apart by jq alone.

# adopt_look: refuses unless all is as it was seen, and well. Sets OLD_SEEN, OLD_LOOK and OLD_NODE, documents.
adopt_look() {
    command -v jq >/dev/null || fail jq-missing "jq isn't installed here, so nothing can be looked at; nothing was touched: install it by hand"
    OLD_SEEN="$(seen_now | jq -c 'select(type == "object" and (.directories | type == "array"))')" || OLD_SEEN=""
    [ -n "$OLD_SEEN" ] || fail sheet-unfit "what the call says was seen here can't be read; nothing was touched: run pulumi up again"
    OLD_LOOK="$(inspected look | jq -c "del(.daemons[].config.text)")"
    OLD_FACTS="$(adopt_facts)" || OLD_FACTS=""
    OLD_NODE=null
    [ -z "$OLD_FACTS" ] || OLD_NODE="$(inspected ask | jq -c "del(.layoutFile)")"
    { [ -n "$OLD_LOOK" ] && [ -n "$OLD_NODE" ]; } ||
        fail adopt-unseen "what runs here can't be looked at; nothing was touched: pulumi-garage-cluster inspect says why"
    adopt_verdict
    adopt_same_places
    adopt_same_secrets
    old_keeper_fits
    old_user_fits
}

# seen_now: what the call says was seen here, on stdout.
seen_now() {
    sheet_get adopt | base64 -d
}

# adopt_facts: what inspect's `ask` has to know, by what runs now.
adopt_facts() {
    local bind host
    bind="$(seen_value '.configuration.values.rpc_bind_addr')"
    own_address "${bind%:*}" host
    jq -r --argjson seen "$OLD_SEEN" --arg rpc "$host:${bind##*:}" '
        if (.daemons | length) != 1 then empty else
            .daemons[0] as $daemon
            | "pid \($daemon.pid)", "ticks \($daemon.ticks)", "series \($seen.series)", "rpc \($rpc)", "salt none",
                "metadata \($seen.directories[0].path)", ($seen.directories[1:][] | "data \(.path)")
        end' <<<"$OLD_LOOK"
}

# seen_value EXPRESSION: of what was seen; nothing where there is none.
seen_value() {
    jq -r "$1 // \"\" | tostring" <<<"$OLD_SEEN"
}

# inspected look|ask|secrets: the document that inspect's own scripts make. They have functions of the same names as this tool's.
inspected() (
    set +eE
    trap - ERR
    for file in process look ask main; do
        # shellcheck disable=SC1090
        source "$HERE/inspect/$file.sh"
    done
    # shellcheck disable=SC2317  # called by these
    facts() { printf '%s\n' "$OLD_FACTS"; }
    # shellcheck disable=SC2317
    secret_program() { cat "$HERE/inspect/secrets.jq"; }
    # shellcheck disable=SC2317
    documents_program() { inspect_program; }
    inspect_main "$1" inspected 2>/dev/null | sed -n 's/^inspected //p' | grep -v '^lacks '
)

inspect_program() {
    jq_program status through stats workers errors layout history health
    printf '%s\n' "$JQ_PROGRAM"
    cat "$HERE/inspect/secrets.jq" "$HERE/inspect/inspect.jq"
}

adopt_verdict() {
    local said ids id text texts="" first="" count=0 judged=""
    sheet_need adoptids ids
    said="$(jq -nr --argjson seen "$OLD_SEEN" --argjson look "$OLD_LOOK" --argjson node "$OLD_NODE" --arg ids "$ids" \
        "$(cat "${BASH_SOURCE[0]%/*}/adopt.jq") against(\$seen; \$look; \$node; \$ids | split(\" \"))")" || said=""
    while IFS=$'\t' read -r id text; do
        if [ "$id" = judged ]; then
            judged="$text"
            continue
        fi
        count=$((count + 1))
        first="${first:-$id}"
        texts+="${texts:+, }$text"
    done <<<"$said"
    [ "$judged" = "$count" ] || fail adopt-unseen "what runs here can't be judged; nothing was touched: pulumi-garage-cluster inspect says what there is"
    case "$first" in
        "") ;;
        adopt-stale) fail adopt-stale "this isn't what adopt.json says of $(sheet_get node) any more: $texts; nothing was touched. Put it back as it was; or run pulumi-garage-cluster inspect again, and give its new adopt.json and program" ;;
        adopt-owners-mixed) fail adopt-owners-mixed "$texts; nothing was touched: give all of it to the user that the daemon runs as, the daemon being stopped, then inspect again" ;;
        *) fail adopt-not-healthy "the cluster isn't well, so nothing is taken over: $texts; nothing was touched: put that right, then run pulumi up again" ;;
    esac
}

# The call's own words for where the data lie: what they differ in would be another node, or an empty one.
adopt_same_places() {
    local asked seen
    asked="$(sheet_get metadata && sheet_all data)"
    seen="$(seen_value '[.directories[].path] | join("\n")')"
    [ "$asked" = "$seen" ] ||
        fail adopt-stale "the program's metadataDir and dataDirs are ${asked//$'\n'/, }, and this daemon's are ${seen//$'\n'/, }; nothing was touched: adoption moves no data, so write them as they are"
}

# Nodes with another secret would be parted from the rest.
adopt_same_secrets() {
    local document name value has lines rpc=rpc_secret by=""
    document="$(inspected secrets)"
    if [ "$(seen_value .series)" = 0.8 ]; then rpc=rpc_secret_0.8 by=" as rpcSecret08"; fi
    sheet_all secret lines
    while read -r name value; do
        case "$name" in "$rpc") name=rpc_secret ;; admin_token | metrics_token) ;; *) continue ;; esac
        has="$(jq -r --arg name "$name" '.[$name] // ""' <<<"$document")"
        [ -n "$has" ] || { [ "$name" != rpc_secret ] && continue; }
        if [ "$name" = rpc_secret ]; then value="${value,,}" has="${has,,}"; fi
        [ "$has" = "$value" ] ||
            fail secret-differs "the daemon that runs here has another $name than the program: nothing was touched. Give the one that runs$by by the program (pulumi-garage-cluster inspect --set-config)"
    done <<<"$lines"
    adopt_admin_answers
}

# From 0.8 on to 1 only the admin API tells whether all partitions have their copies, and capacities in full.
adopt_admin_answers() {
    local series bind host token WORDS code lines
    series="$(seen_value .series)"
    case "$series" in 0.8 | 0.9 | 1) ;; *) return 0 ;; esac
    question health "$series"
    bind="$(seen_value '.configuration.values.admin.api_bind_addr')"
    own_address "${bind%:*}" host
    sheet_all secret lines
    token="$(sed -n 's/^admin_token //p' <<<"$lines")"
    quoted "$token" token
    code="$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl --silent --noproxy '*' --max-time 10 --output /dev/null --write-out '%{http_code}' --config - "http://$host:${bind##*:}${WORDS[0]}")" || code=""
    case "$bind:$code" in
        ?*:200 | ?*:503) ;;
        *) fail adopt-admin-silent "the admin API of the daemon that runs here doesn't answer with the program's adminToken, and on series $series nothing else tells whether the cluster is whole; nothing was touched: give it api_bind_addr and that admin_token in the section [admin], restart the daemon, then inspect again" ;;
    esac
}
