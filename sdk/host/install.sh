#!/usr/bin/env bash
# Head of the script that brings the tool onto a host: `bash -s -- host|look|untake|disown|leave|back|uninstall NODE [tool=ID [SHAPE]]`, with this file, the
# functions sheet() and files() as here-documents, and the last line `main "$@"` on stdin. A script that was cut short
# runs nothing.
set -euo pipefail

# files() → a directory of the tool's own version, there whole or not at all, after a power loss too: an empty script does nothing
# and succeeds. Only bash's own commands read and write the files: a process for each would cost more than all else that is done here.
unpack() {
    local dir="$1" content path text
    content="$(files | base64 -d | gzip -d)"
    if unpacked "$dir"; then return; fi
    rm -rf "$dir.tmp"
    mkdir -p -- "$dir.tmp/lib" "$dir.tmp/inspect"
    while IFS= read -r -d $'\x1e' path && IFS= read -r -d $'\x1e' text; do
        printf '%s' "$text" >"$dir.tmp/$path"
    done <<<"$content"
    chmod 755 "$dir.tmp/garage-node" "$dir.tmp/garage-manage"
    sync "$dir.tmp"/* "$dir.tmp"/lib/* "$dir.tmp"/inspect/* "$dir.tmp"
    rm -rf "$dir"
    mv -T "$dir.tmp" "$dir"
    sync "${dir%/*}"
}

# Every file lies in DIR as it was sent.
unpacked() {
    local path text there
    while IFS= read -r -d $'\x1e' path && IFS= read -r -d $'\x1e' text; do
        there=""
        { IFS= read -r -d "" there <"$1/$path"; } 2>/dev/null || true
        [ "$there" = "$text" ] || return 1
    done <<<"$content"
}

main() {
    # An uninstall names no tool of its own: it brings one along and takes it away again.
    local root="${GARAGE_NODE_ROOT:-}" verb="$1" node="$2" tool="${3:-$1-$$}" tools answer form what
    tool="${tool#tool=}"
    if [ "$(id -u)" != 0 ] && [ -z "$root" ]; then
        echo "$node: this must run as root: use a user with password-less sudo [not-root]" >&2
        exit 1
    fi
    case "$tool" in *[!A-Za-z0-9.+-]* | "" | .*) echo "$node: \"$tool\" is no tool id [install]" >&2 && exit 1 ;; esac
    # bash keeps here-documents in files there; this one holds secrets.
    export TMPDIR="$root/run" LC_ALL=C
    umask 022
    tools="$root/opt/garage-node"
    # It leaves nothing.
    [ "$verb" != look ] || tools="$(mktemp -d "$root/run/garage-look.XXXXXX")"
    mkdir -p "$tools"
    # shellcheck disable=SC2064 # the path of now
    case "$verb:$#" in look:*) trap "rm -rf '$tools'" EXIT ;; *:2) trap "rm -rf '$tools/$tool'" EXIT ;; esac
    unpack "$tools/$tool"
    answer="$(sheet | bash "$tools/$tool/garage-node" "$verb" "$node" "tool=$tool" "${@:4}")"
    case "$verb" in
        leave) what="its answer" form="[A-Za-z0-9._-]+ [a-z0-9]+" ;;
        look) what="its answer" form="(same|ours)( [a-z0-9]+)*" ;;
        untake) what="its answer" form="back" ;;
        disown) what="its answer" form="free" ;;
        back) what="the node's id" form="([0-9a-f]{64}|none)" ;;
        *) what="the node's id" form="[0-9a-f]{64}" ;;
    esac
    if [ "$verb" != uninstall ] && [[ ! "$answer" =~ (^|$'\n')"garage-node answers "$form$ ]]; then
        echo "$node: the tool ended without $what (it said \"${answer:0:200}\"): is the disk of /opt well? Set another reapply for this node, then run pulumi up [install]" >&2
        exit 1
    fi
    [ -z "$answer" ] || printf '%s\n' "$answer"
}
