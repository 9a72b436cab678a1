# shellcheck shell=bash
# uninstall: takes this tool and Garage off the host. Never the data: a destroy can't be told from a removed node.

verb_uninstall() {
    local cluster node owner now
    sheet_need cluster cluster
    sheet_need node node
    sheet_get owner owner
    claim_get owner now
    if [ ! -f "$ETC/claim" ]; then
        say "nothing to uninstall: this host is claimed by no cluster"
    elif [ "$(claim_get cluster)" != "$cluster" ] || [ "$(claim_get node)" != "$node" ]; then
        say "left alone: this host is now node $(claim_get node) of cluster $(claim_get cluster), not $node of $cluster"
    elif [ -n "$now" ] && [ "$now" != "$owner" ]; then
        say "left alone: another component looks after this host now ($now)"
    else
        uninstall_all
    fi
}

uninstall_all() {
    local kept
    kept="$(uninstall_kept)"
    daemon_stop
    balancer_back
    systemctl disable garage.service >/dev/null 2>&1 || true
    ! ledger_exists || history_add "uninstalled"
    mounts_end || say "note: $LAST_SEEN"
    mounts_remove
    [ ! -f "$ETC/imds.nft" ] || nft delete table inet garage_node >/dev/null 2>&1 || true
    rm -rf "$ROOT/etc/systemd/system/garage.service" "$ROOT/etc/systemd/system/garage.service.d"
    systemctl daemon-reload
    rm -rf "$OPT" "$ROOT/usr/bin/garage-manage" "$ROOT/usr/bin/garage-node"
    # The claim goes last: a run that was cut short is taken up again.
    rm -rf "$ETC" "$TOOLS"
    say "Garage is off this host; the data are kept, and clusterId: \"$cluster\" takes them up again. $kept"
}

uninstall_kept() {
    local paths volumes
    volumes="$(kv_all "$ETC/claim" volume | tr '\n' ' ')"
    paths="$(ledger_all data | tr '\n' ' ')"
    if [ -n "$volumes" ]; then
        printf 'They lie on the volumes %s\n' "${volumes% }"
    else
        printf 'To delete them for ever, on this host (%s): rm -rf %s%s %s\n' "$(uname -n)" "$paths" "$(claim_get metadata)" "$(claim_get backups)"
    fi
}
