# shellcheck shell=bash
# disown NODE tool=ID: all nodes are back on their services of before, and this host is nobody's node any more: claim, ledger, marks and tool go.

verb_disown() {
    # shellcheck disable=SC1091
    source "$HERE/host.sh"
    host_call "$1"
    if [ ! -f "$ETC/claim" ]; then
        say "this host is claimed by no cluster"
        rm -rf "$TOOLS"
    else
        host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
        disown_begun || { adopt_waits && ! ledger_knows act; } ||
            fail adopt-back-open "this node isn't back on its service of before; nothing was touched: run pulumi up without --target"
        disown_host
        say "handed back: the service of before runs here, and nothing of this tool is left but the user garage, where it made one"
    fi
    answer free
}
