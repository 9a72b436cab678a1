# shellcheck shell=bash
# The programs of lib/*.jq. As one text, with no more of it in use than a call needs: jq 1.6 takes half a second to compile modules that
# include each other, and what isn't called costs nothing.

JQ_DIR="${BASH_SOURCE[0]%/*}"
declare -gA JQ_TEXTS=()

# jq_program QUESTION…: sets JQ_PROGRAM, which understands the answers to these.
jq_program() {
    local file text="" each
    [ "${#JQ_TEXTS[@]}" -gt 0 ] || for file in words garage report cluster hop proof judge; do
        text_of "$JQ_DIR/$file.jq" text
        JQ_TEXTS[$file]="$text"
    done
    text="def answer_to(\$question; \$series): if false then null"
    for each in "$@"; do
        case "$text" in *"\"$each\" then"*) ;; *) text+=" elif \$question == \"$each\" then answer_$each(\$series)" ;; esac
    done
    JQ_PROGRAM="${JQ_TEXTS[words]}"$'\n'"${JQ_TEXTS[garage]}"$'\n'"$text else nonsense end;"$'\n'"${JQ_TEXTS[report]}"$'\n'"${JQ_TEXTS[cluster]}"
    JQ_PROGRAM+=$'\n'"${JQ_TEXTS[hop]}"$'\n'"${JQ_TEXTS[proof]}"$'\n'"${JQ_TEXTS[judge]}"
}

jq_needed() {
    command -v jq >/dev/null || fail jq-missing "jq isn't installed here, so nothing that Garage says can be judged; nothing was touched: run pulumi up, which installs it, or install it by hand"
}

# jq_run EXPRESSION [OPTION…]: puts the questions that were noted (ask), and gives the answers to EXPRESSION, as $answers, by node and question.
# $self, $series and $limits are this node, the series that runs here, and the seconds that a question has; $ARGS.named.peers the sheet's.
# jq 1.6 compiles a program for a tenth of a second: meanwhile the daemons are asked.
jq_run() {
    local KV count cli self peers line expression="$1" asked="" files=() kinds=()
    shift
    for line in ${QUESTIONS[@]+"${QUESTIONS[@]}"}; do
        line="${line%% *}"
        asked+="$line "
        files+=("$ASKED/$line")
        kinds+=("${line#*.}")
    done
    jq_program ${kinds[@]+"${kinds[@]}"}
    option countTimeoutSeconds 600 count
    option cliTimeoutSeconds 20 cli
    ledger_get node self
    current_info series
    sheet_all peer peers
    # jq reads its program first, and only then, one after the other, its files: standing input ends when the answers are there.
    ask_all | jq -nrR --arg self "$self" --arg series "$KV" --arg peers "$peers" --arg cli "$cli" --arg count "$count" --arg asked "$asked" \
        --arg mark "$ASK_MARK" "$JQ_PROGRAM {cli: \$cli, count: \$count} as \$limits | answers(\$asked; \$mark) as \$answers | $expression" \
        /dev/stdin ${files[@]+"${files[@]}"} "$@"
}
