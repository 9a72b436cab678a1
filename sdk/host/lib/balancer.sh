# shellcheck shell=bash
# A load balancer of the cluster's own (option `balancer <seconds> <ports> <addresses>`, the lists with commas) learns that a node goes down by
# its own checks, seconds later, and sends clients there meanwhile. So the node first refuses the balancer's new connections, and nobody else's,
# for as long as that takes; what is connected stays. A rule of the kernel's, which no reboot brings back; whoever proves the node next takes
# it away. $RUN/balancer says by what it was made.

BALANCER_TABLE=garage_balancer
BALANCER_CHAIN=garage-balancer

# balancer_ready: what refuses packets is there, where there is a balancer. Not all images have it.
balancer_ready() {
    local asked
    option balancer "" asked
    if [ -z "$asked" ] || command -v nft >/dev/null 2>&1 || command -v iptables >/dev/null 2>&1; then return 0; fi
    say "installs nftables, to refuse the load balancer before a stop"
    packages_install nftables || true
}

# balancer_out: 1 where there is nobody to leave: no balancer, no daemon, nothing here that refuses packets.
balancer_out() {
    local asked seconds ports addresses LAST_SEEN="neither nft nor iptables can do it"
    option balancer "" asked
    if [ -z "$asked" ] || daemon_stopped; then return 1; fi
    read -r seconds ports addresses <<<"$asked"
    if ! balancer_refuse "$ports" "$addresses"; then
        say "the load balancer can't be refused here for this stop ($LAST_SEEN): it learns that this node stops by its own checks"
        return 1
    fi
    say "refuses the load balancer's new connections for $seconds s, until it sends nobody here"
    nap "$seconds"
}

# balancer_refuse PORTS ADDRESSES: 1 with the reason in LAST_SEEN. No rule without its note: nobody would take it away.
balancer_refuse() {
    local tool
    # Of a stop that was cut short, maybe by the other one.
    balancer_back || return 1
    for tool in nft iptables; do
        command -v "$tool" >/dev/null 2>&1 || continue
        run_note balancer "$tool" || return 1
        "balancer_by_$tool" "$@" >/dev/null 2>&1 && return 0
        # Nothing is refused then: nft does all or nothing, and of iptables what leads to the chain comes last.
        balancer_undo "$tool" >/dev/null 2>&1 || true
        rm -f "$RUN/balancer"
    done
    return 1
}

balancer_by_nft() {
    nft -f - <<RULES
table inet $BALANCER_TABLE
flush table inet $BALANCER_TABLE
table inet $BALANCER_TABLE {
    chain input {
        type filter hook input priority -10;
        ip saddr { $2 } tcp dport { $1 } tcp flags & (fin|syn|rst|ack) == syn reject with tcp reset
    }
}
RULES
}

balancer_by_iptables() {
    local port ports
    iptables -w -N "$BALANCER_CHAIN" || iptables -w -F "$BALANCER_CHAIN" || return 1
    IFS=, read -ra ports <<<"$1"
    for port in "${ports[@]}"; do
        # One rule an address, by iptables itself.
        iptables -w -A "$BALANCER_CHAIN" -s "$2" -p tcp --dport "$port" --syn -j REJECT --reject-with tcp-reset || return 1
    done
    iptables -w -C INPUT -j "$BALANCER_CHAIN" || iptables -w -I INPUT -j "$BALANCER_CHAIN"
}

# balancer_back: this node takes the balancer's connections again. The note stays as long as the rule does: 1 with the reason in LAST_SEEN.
balancer_back() {
    local tool
    text_of "$RUN/balancer" tool
    if balancer_undo "$tool" >/dev/null 2>&1; then
        rm -f "$RUN/balancer"
        return 0
    fi
    LAST_SEEN="the load balancer stays refused, as $tool doesn't take the rule of $RUN/balancer away"
    return 1
}

# balancer_undo TOOL: its rule is gone, or isn't there: a reboot forgets it, and who is cut short has the note alone.
balancer_undo() {
    local there
    case "$1" in
        nft) nft delete table inet "$BALANCER_TABLE" || { there="$(nft list tables)" && [[ "$there" != *"$BALANCER_TABLE"* ]]; } ;;
        iptables)
            iptables -w -D INPUT -j "$BALANCER_CHAIN"
            iptables -w -F "$BALANCER_CHAIN"
            # Not while anything leads to it.
            iptables -w -X "$BALANCER_CHAIN" || { there="$(iptables -w -S)" && [[ "$there" != *"$BALANCER_CHAIN"* ]]; }
            ;;
    esac
}
