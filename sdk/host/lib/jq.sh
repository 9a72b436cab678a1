# shellcheck shell=bash
# The programs of lib/*.jq. As one text: jq 1.6 takes a quarter of a second for modules that include each other, and what a call doesn't
# use costs nothing.

JQ_DIR="${BASH_SOURCE[0]%/*}"
JQ_PROGRAM=""

jq_program_find() {
    local file text
    [ -z "$JQ_PROGRAM" ] || return 0
    for file in words garage report cluster hop judge; do
        text_of "$JQ_DIR/$file.jq" text
        JQ_PROGRAM+="$text"$'\n'
    done
}

jq_needed() {
    command -v jq >/dev/null || fail jq-missing "jq isn't installed here, so nothing that Garage says can be judged; nothing was touched: run pulumi up, which installs it, or install it by hand"
}

# jq_run EXPRESSION [OPTION…]: EXPRESSION behind the definitions. $self, $series and $limits are this node, the series that runs here, and
# the seconds that a question has; $ARGS.named.peers the sheet's.
jq_run() {
    local KV count cli self peers="" line expression="$1"
    shift
    jq_program_find
    option countTimeoutSeconds 600 count
    option cliTimeoutSeconds 20 cli
    ledger_get node self
    current_info series
    for line in ${SHEET_LINES[@]+"${SHEET_LINES[@]}"}; do
        case "$line" in "peer "*) peers+="${line#peer }"$'\n' ;; esac
    done
    jq -nr --arg self "$self" --arg series "$KV" --arg peers "$peers" --arg cli "$cli" --arg count "$count" \
        "$JQ_PROGRAM {cli: \$cli, count: \$count} as \$limits | $expression" "$@"
}
