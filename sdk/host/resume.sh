# shellcheck shell=bash
# resume HOP GENERATION: S3 and web on again on this node, proven. The hop is finished here.

verb_resume() {
    hop_phase resume "$1" || {
        resume_answer
        return
    }
    local generation="${2:-}"
    hop_needs migrate
    ! hop_ran_here halted || hop_needs verify
    require_same_release
    generation_is "$generation" release "$(ledger_get release)" ||
        fail hop-target "generation $generation is not of the release $(ledger_get release) that migrate has put here; run pulumi up again"
    if [ "$(current_generation)" != "$generation" ] || ! daemon_answers; then hop_start "$generation"; fi
    wait_until healthTimeoutSeconds=120 "S3" resume_serves ||
        fail s3-silent "S3 does not answer on this node after $(option healthTimeoutSeconds 120) s ($LAST_SEEN)"
    connect_back
    hop_pass resume hopstate=finished "hopdate=$(now_iso)"
    resume_answer
}

resume_answer() {
    answer "$(ledger_get node) serves"
}

# An unsigned request is refused by S3 itself: any answer of HTTP will do.
resume_serves() {
    local port address host
    port="$(generation_info "$(current_generation)" s3port)"
    address="$(daemon_listeners | awk -v port="$port" '$2 == port { print $1; exit }')"
    [ -n "$address" ] || { LAST_SEEN="nothing listens on port $port"; return 1; }
    host="$(resume_host "$address")"
    curl --silent --output /dev/null --noproxy '*' --max-time 5 "http://$host:$port/" || { LAST_SEEN="no answer from $host:$port"; return 1; }
}

# The kernel's hex address (IPv4: bytes reversed); any wildcard, and IPv6 at all, by the loopback or this node's own name.
resume_host() {
    case "$1" in
        00000000 | 00000000000000000000000000000000) echo 127.0.0.1 ;;
        ????????) printf '%d.%d.%d.%d\n' "0x${1:6:2}" "0x${1:4:2}" "0x${1:2:2}" "0x${1:0:2}" ;;
        *) resume_ipv6 "$1" ;;
    esac
}

resume_ipv6() {
    local word text="" i
    for ((i = 0; i < 32; i += 8)); do
        word="${1:i:8}"
        text="$text${text:+:}${word:6:2}${word:4:2}:${word:2:2}${word:0:2}"
    done
    echo "[$text]"
}
