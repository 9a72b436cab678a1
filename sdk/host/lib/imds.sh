# shellcheck shell=bash
# The metadata service of a machine that the cluster made (aws) tells every process the user data, and in them the host's private key. The daemon
# is kept from it by its unit; where that has no effect (an old kernel, a container) by a packet rule for its user, which each start of the unit
# puts in place anew, so that it is there after a reboot too.

IMDS=(169.254.169.254 fd00:ec2::254)

# setup_imds: finds out, once, which of the two works here.
setup_imds() {
    local machine file="$ETC/imds.nft"
    claim_get machine machine
    if [ -z "$machine" ] || [ -f "$ETC/imds" ]; then return 0; fi
    if imds_unit_holds; then
        put_file "$ETC/imds" unit || fail unwritable "can't write $ETC/imds; is the disk full?"
        return 0
    fi
    say "IPAddressDeny has no effect on this machine: a packet rule keeps Garage from the metadata service"
    command -v nft >/dev/null || packages_install nftables || true
    { put_file "$file" "$(imds_rule)" 600 && nft -f "$file"; } ||
        fail imds-open "Garage can't be kept from the machine's metadata service: neither by systemd's IPAddressDeny nor by nft. Install nftables, or take another image, then run pulumi up again"
    { put_file "$ETC/imds" rule && sync "$ETC"; } || fail unwritable "can't write $ETC/imds; is the disk full?"
}

# A packet to it is refused with the property, and isn't without.
imds_unit_holds() {
    imds_send && ! imds_send "-p" "IPAddressDeny=${IMDS[*]}"
}

# imds_send OPTION…: an empty packet, to a port where nobody listens, by the user garage.
imds_send() {
    systemd-run --quiet --wait --collect -p User=garage "$@" "$BASH" -c "echo >/dev/udp/${IMDS[0]}/9" </dev/null >/dev/null 2>&1
}

imds_rule() {
    garage_user
    printf '%s\n' "table inet garage_node" "flush table inet garage_node" "table inet garage_node {" "    chain output {" \
        "        type filter hook output priority 0;" \
        "        meta skuid $GARAGE_UID ip daddr ${IMDS[0]} reject" "        meta skuid $GARAGE_UID ip6 daddr ${IMDS[1]} reject" "    }" "}"
}

# imds_lines: for the unit, where this is such a machine.
imds_lines() {
    local KV
    kv_find "$ETC/claim" machine
    [ -n "$KV" ] || return 0
    echo "IPAddressDeny=${IMDS[*]}"
    [ ! -f "$ETC/imds.nft" ] || echo "ExecStartPre=+$(command -v nft) -f /etc/garage-node/imds.nft"
}
