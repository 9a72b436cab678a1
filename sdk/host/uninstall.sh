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
    elif adopt_waits || disown_begun; then
        uninstall_before_take
    else
        uninstall_all
    fi
}

# The old service was not taken over, and doesn't notice; where that was cut short, it comes back.
uninstall_before_take() {
    if ledger_knows act; then
        { old_brought_back && daemon_start; } ||
            fail adopt-down "the takeover of this node was cut short, and its old service can't be brought back ($LAST_SEEN); what it was lies in $ADOPTED: run pulumi up, so that the takeover ends, then destroy"
    fi
    disown_host
    say "this host's Garage was not taken over: its old service was not touched, and nothing of this tool is left but the user garage, where it made one"
}

uninstall_all() {
    local kept
    kept="$(uninstall_kept)"
    ! ledger_is adopted taken || kept+=" $(uninstall_old)"
    daemon_stop
    balancer_back || say "note: $LAST_SEEN"
    systemctl disable garage.service >/dev/null 2>&1 || true
    ! ledger_exists || history_add "uninstalled"
    mounts_end || say "note: $LAST_SEEN"
    mounts_remove
    [ ! -f "$ETC/imds.nft" ] || nft delete table inet garage_node >/dev/null 2>&1 || true
    rm -rf "$ROOT/etc/systemd/system/garage.service" "$ROOT/etc/systemd/system/garage.service.d"
    systemctl daemon-reload
    rm -rf "$OPT" "$ROOT/usr/bin/garage-manage" "$ROOT/usr/bin/garage-node"
    # The claim goes last: a run that was cut short is taken up again. What was here before this tool stays.
    if [ -d "$ADOPTED" ]; then find "$ETC" -mindepth 1 -maxdepth 1 ! -name adopted -exec rm -rf {} +; else rm -rf "$ETC"; fi
    rm -rf "$TOOLS"
    say "Garage is off this host; the data are kept, and clusterId: \"$cluster\" takes them up again. $kept"
}

# uninstall_old: the other way on, where `back: true` would be one: an old daemon on data of a newer series would destroy them.
uninstall_old() {
    local old
    old_does named old
    if ! untake_known || ! untake_same_data || ! untake_same_release || ! untake_quiet; then
        rm -f -- "$ADOPTED/back.sh"
        printf "No script brings the service back that was taken over (%s), and it must not be started on them: %s.\\n" "$old" "$LAST_SEEN"
        return
    fi
    put_file "$ADOPTED/back.sh" "$(old_script)" 700 || fail unwritable "can't write $ADOPTED/back.sh; is the disk full?"
    printf 'The service that was taken over (%s) comes back, with files and unit as they were, by: sh /etc/garage-node/adopted/back.sh\n' "$old"
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
