# shellcheck shell=bash
# A load balancer of the cluster's own (option `balancer <seconds> <ports> <addresses>`, the lists with commas) learns that a node goes down by
# its own checks, seconds later, and sends clients there meanwhile. So the node first refuses the balancer's new connections, and nobody else's,
# for as long as that takes; what is connected stays. A rule of the kernel's, which no reboot brings back; whoever proves the node next takes
# it away. $RUN/balancer says by what it was made.

BALANCER_TABLE=garage_balancer
BALANCER_CHAIN=garage-balancer

# balancer_ready: what refuses packets is there, where there is a balancer. Not all images have it.
balancer_ready() {
    local KV
    option_find balancer ""
    if [ -z "$KV" ] || command -v nft >/dev/null 2>&1 || command -v iptables >/dev/null 2>&1; then return 0; fi
    say "installs nftables, to refuse the load balancer before a stop"
    packages_install nftables || true
}

# balancer_out: 1 where there is nobody to leave: no balancer, no daemon, nothing here that refuses packets.
balancer_out() {
    local KV seconds ports addresses
    option_find balancer ""
    if [ -z "$KV" ] || daemon_stopped; then return 1; fi
    read -r seconds ports addresses <<<"$KV"
    mkdir -p "$RUN"
    if ! balancer_refuse "$ports" "$addresses"; then
        say "neither nft nor iptables can refuse the load balancer here: it learns that this node stops by its own checks"
        return 1
    fi
    say "refuses the load balancer's new connections for $seconds s, until it sends nobody here"
    nap "$seconds"
}

# balancer_refuse PORTS ADDRESSES
balancer_refuse() {
    local tool
    # Of a stop that was cut short, maybe by the other one.
    balancer_back
    for tool in nft iptables; do
        command -v "$tool" >/dev/null 2>&1 || continue
        printf '%s\n' "$tool" >"$RUN/balancer"
        "balancer_by_$tool" "$@" >/dev/null 2>&1 && return 0
        balancer_back
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

# balancer_back: this node takes the balancer's connections again.
balancer_back() {
    local tool
    text_of "$RUN/balancer" tool
    case "$tool" in
        nft) nft delete table inet "$BALANCER_TABLE" ;;
        iptables)
            iptables -w -D INPUT -j "$BALANCER_CHAIN"
            iptables -w -F "$BALANCER_CHAIN"
            iptables -w -X "$BALANCER_CHAIN"
            ;;
    esac >/dev/null 2>&1 || true
    rm -f "$RUN/balancer"
}
