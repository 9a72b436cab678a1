# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is read by the verbs
# Observe, then judge: a fresh look at what a judge has to know, and its verdict. The rules are judge.jq's, which is pure; the reading is
# report.jq's. Here is only who is asked what.

declare -gA WAIVED=()

# judge_questions NAME VARIABLE [fact=value…]: `all:` of every node that isn't left out, `own:` of this one.
judge_questions() {
    local KV
    case "$1" in
        views) KV="all:status all:through" ;;
        partitions) KV="own:health" ;;
        gate-before)
            KV="all:status all:through own:layout own:history own:health all:stats all:workers"
            case " $* " in *" canary=yes "*) KV+=" all:errors" ;; esac
            case " $* " in *" figures=yes "*) KV+=" own:items" ;; esac
            ;;
        gate-after)
            KV="all:status all:through own:health own:stats own:workers own:errors"
            case " $* " in *" items=yes "*) KV+=" own:items" ;; esac
            ;;
        figures) KV="all:stats own:workers own:items" ;;
        counted) KV="own:items" ;;
        layout) KV="own:layout own:roles" ;;
        layout-spread) KV="all:layout own:roles" ;;
        layout-settled | layout-history) KV="own:history" ;;
        blocks | blocks-due) KV="all:stats all:workers all:errors" ;;
        synced | shows-blocks) KV="all:stats all:workers" ;;
        repaired)
            KV="all:stats all:workers"
            case " $* " in *" figures=yes "*) KV+=" own:items" ;; esac
            ;;
        well | drained) KV="all:stats all:workers all:errors" ;;
        rows) KV="all:workers" ;;
        scrubbed) KV="all:scrub" ;;
        runs | turn | blocks-wait) KV="all:stats" ;;
        preflight) KV="all:stats own:layout own:history own:health" ;;
        paid)
            KV="own:workers"
            case " $* " in *" compared=yes "*) ;; *) KV+=" own:items" ;; esac
            ;;
        stock) KV="own:stats own:items" ;;
        quorum | halted | converted) KV="" ;;
        noted | kept) KV="own:layout own:roles own:buckets own:keys all:stats all:items" ;;
        *) fail unexpected "there is no judge $1" ;;
    esac
    give "$KV" "$2"
}

# judge NAME [KEY=VALUE|KEY@=FILE…]: 0 only where jq ended well and found no reason why not. Facts are of the procedure: judge.jq says which.
# Sets REASONS (lines `id<TAB>text`, those first that no waiting mends), LAST_SEEN (the same in words, or what was seen where all is well), FINAL (yes: no waiting mends that),
# KEPT (what the next look has to know), NOTE (lines).
judge() {
    local name="$1" fact words=() files=() skip health said code=0
    shift
    jq_needed
    option skipChecks "" skip
    option healthTimeoutSeconds 120 health
    for fact in "skipChecks=$skip" "health=$health" passed=0 "$@"; do
        case "${fact%%=*}" in
            *@) files+=(--rawfile "fact:${fact%%@=*}" "${fact#*@=}") ;;
            *) words+=("$fact") ;;
        esac
    done
    judge_ask "$name" "$@"
    # shellcheck disable=SC2016
    said="$(jq_run 'known($self; $series; $answers; $limits) | judged(judge_'"${name//-/_}) | spoken(\"$name\")" \
        ${files[@]+"${files[@]}"} --args "${words[@]}")" || code=$?
    ask_done
    judge_read "$name" "$code" "$said"
}

judge_ask() {
    local questions self peers name id address each own=() all=()
    judge_questions "$1" questions "${@:2}"
    for each in $questions; do
        case "$each" in own:*) own+=("${each#own:}") ;; *) all+=("${each#all:}") ;; esac
    done
    ledger_get node self
    peers_in peers
    ask_begin
    while read -r name id address _; do
        # Who is left out of the views may be down, or hang.
        case " $* " in *" except=$name "*) continue ;; esac
        if [ "$name" = "$self" ]; then
            ask "$name" "" ${all[@]+"${all[@]}"} ${own[@]+"${own[@]}"}
        elif [ -n "$name" ]; then
            ask "$name" "$id@$address" ${all[@]+"${all[@]}"}
        fi
    done <<<"$peers"
}

# judge_read NAME CODE TEXT: sets what `judge` is to set. Whatever isn't whole is a reason.
judge_read() {
    local kind key value found=0 told="" texts="" finals=""
    REASONS="" FINAL=no LAST_SEEN="" NOTE=""
    KEPT=()
    while IFS=$'\t' read -r kind key value; do
        case "$kind" in
            reason | final)
                found=$((found + 1))
                if [ "$kind" = final ]; then finals+="$key"$'\t'"$value"$'\n'; else REASONS+="$key"$'\t'"$value"$'\n'; fi
                texts+="${texts:+, }$value"
                ;;
            waived)
                # Once, however often it is looked at.
                [ -n "${WAIVED[$key]:-}" ] || say "$value (waived by skipChecks) [$key]"
                WAIVED[$key]=yes
                ;;
            seen) LAST_SEEN="$key" ;;
            keep) KEPT+=("kept.$key=$value") ;;
            note) NOTE+="$key"$'\n' ;;
            judged) told="$key:$value" ;;
        esac
    done <<<"$3" || told=""
    [ -z "$finals" ] || FINAL=yes
    REASONS="$finals$REASONS"
    [ -z "$texts" ] || LAST_SEEN="$texts"
    if [ "$2:$told" != "0:$1:$found" ]; then
        LAST_SEEN="what was seen could not be judged (jq ended with $2)"
        REASONS="not-judged"$'\t'"$LAST_SEEN"$'\n'
        return 1
    fi
    [ "$found" -eq 0 ]
}

# kept KEY VARIABLE: what the last judge left to know.
kept() {
    local _word
    give "" "$2"
    for _word in ${KEPT[@]+"${KEPT[@]}"}; do
        case "$_word" in "kept.$1="*) give "${_word#*=}" "$2" ;; esac
    done
}

# kept_of_nodes WORD…: of what was kept before, what is of single nodes (hop.jq).
kept_of_nodes() {
    local word
    KEPT=()
    for word in "$@"; do
        case "$word" in kept.away.* | kept.rows.* | kept.told.* | kept.most.*) KEPT+=("$word") ;; esac
    done
}

# refuse_judged [TEXT]: ends the verb with the first of REASONS, and TEXT behind it.
refuse_judged() {
    local first
    reason_first first
    fail "${REASONS%%$'\t'*}" "$first${1:-}"
}

# reason_first VARIABLE: its text.
reason_first() {
    local KV="${REASONS%%$'\n'*}"
    give "${KV#*$'\t'}" "$1"
}

# wait_judge SECONDS|OPTION=DEFAULT WHAT NAME [fact=value…]: judges a fresh look until there is no reason left; 1 at the limit, or as soon as
# there is one that no waiting mends. `passed` is a fact too: the seconds since the first look. Between two looks nodes that don't see each
# other are told to connect, and BETWEEN, if set, is called with `passed`, to act on what was seen.
wait_judge() {
    local limit="$1" what="$2" from now told again known=() naps=(0.2 0.1 0.05 0.05 0.05 0.05) left=5
    case "$limit" in *=*) option "${limit%%=*}" "${limit#*=}" limit ;; esac
    shift 2
    KEPT=()
    clock from
    told="$from"
    while clock now && ! judge "$@" "passed=$((now - from))" ${KEPT[@]+"${KEPT[@]}"}; do
        clock now
        if [ "$FINAL" = yes ] || [ $((now - from)) -ge "$limit" ]; then return 1; fi
        # A look that couldn't be judged forgets no node that was away, or was told again; what has to hold in a row begins anew.
        case "$REASONS" in not-judged$'\t'*) kept_of_nodes ${known[@]+"${known[@]}"} ;; esac
        known=(${KEPT[@]+"${KEPT[@]}"})
        if [ $((now - told)) -ge 10 ]; then
            told="$now"
            say "waiting for $what, $((now - from)) of at most $limit s ($LAST_SEEN)"
        fi
        connect_noted
        "${BETWEEN:-:}" $((now - from))
        kept again again
        # What takes long is looked at once a second: a look costs the hosts something.
        [ $((now - from)) -lt 10 ] || again="${again:-1}"
        nap "${again:-${naps[left]}}"
        [ "$left" -eq 0 ] || left=$((left - 1))
    done
}
