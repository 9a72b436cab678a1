#!/usr/bin/env bash
# Head of what is sent where the tool may not be yet: `bash -s -- host|look|untake|disown|leave|back|uninstall NODE [tool=ID] [WORD…]`, with this file, the
# function sheet() as a here-document, and the last line `main ID DIGEST "$@"`, of the packed tool, on stdin. A script that was cut short runs nothing.
set -euo pipefail

# The packed tool of that id, from root's own copy of before, or from one made now in DIR of what Pulumi has copied into the login's home: never from
# what others could write. Sets pack.
# find_pack TOOLS DIR
find_pack() {
    local sent="$PWD/.garage-node-$packed.pack" copy
    pack="$1/$packed.pack"
    if is_whole "$pack"; then return; fi
    pack="$2/$packed.pack"
    if [ -f "$sent" ] && [ -r "$sent" ]; then
        if ! { copy="$(mktemp "$pack.XXXXXX")" && head -c 16777216 -- "$sent" >"$copy"; }; then
            end "can't write a copy of $sent to $2: is the disk full? [unwritable]"
        fi
        sync "$copy"
        if is_whole "$copy"; then mv -fT "$copy" "$pack" && return; fi
        rm -f -- "$copy"
    fi
    end "$sent isn't there, can't be read, or isn't what was sent, and root's own copy isn't either: nothing was done. Set another reapply for this node (one that was taken out of the program: put it back first), then run pulumi up without --target, which copies it again [tool-missing]"
}

is_whole() {
    [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$digest  -" ]
}

# find_pack → a directory of the tool's own version, there whole or not at all, after a power loss too: an empty script does nothing
# and succeeds. Only bash's own commands read and write the files: a process for each would cost more than all else that is done here.
unpack() {
    local dir="$1" content lock
    content="$(gzip -d <"$pack")"
    if unpacked "$dir"; then return; fi
    # Of two calls at once one waits, and finds it there: each would take away what the other one has half made. Nobody but root can open the lock.
    (umask 077 && : >>"$dir.lock")
    exec {lock}<"$dir.lock"
    flock -w 300 "$lock" || end "another call is putting the tool below ${dir%/*} in place, and doesn't end: nothing was done. Run pulumi up again [install]"
    unpacked "$dir" || unpack_new "$dir"
    exec {lock}<&-
}

unpack_new() {
    local dir="$1" path text
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

end() {
    echo "$node: $1" >&2
    exit 1
}

# Nobody has set anything up here, and nobody is about to.
is_bare() {
    { [ ! -e "$root/run/garage-node/lock" ] || flock -n "$root/run/garage-node/lock" true; } && [ ! -f "$root/etc/garage-node/claim" ]
}

# Before a machine is changed: the tool that it was set up with does that, for there may be no machine yet that a newer one could be copied to.
# Where the set-up was cut short it is one that lies there.
leave() {
    local own="" each
    if is_bare; then
        echo "$node: nothing to leave: no node has been set up on this machine" >&2
        printf '\ngarage-node answers %s none\n' "${!#}"
        return
    fi
    for each in "$opt/current" "$opt"/*; do
        if [ -s "$each/garage-node" ] && [ "$each" = "${each%.tmp}" ]; then own="$each/garage-node" && break; fi
    done
    [ -n "$own" ] || end "the tool is gone from this machine ($opt); nothing was touched: run pulumi up with the machine as it was, another reapply for this node, and this package as it was then; change the machine afterwards [tool-missing]"
    sheet | bash "$own" leave "$node" "$@"
}

# bring [tool=ID]: unpacks the tool into a directory of its own, and sets tool. An uninstall takes it away again, and a look leaves nothing of it.
bring() {
    local tools="$opt" pack
    tool="${1-tool=$verb-$$}"
    tool="${tool#tool=}"
    case "$tool" in *[!A-Za-z0-9.+-]* | "" | .*) end "\"$tool\" is no tool id [install]" ;; esac
    [ "$verb" != look ] || tools="$(mktemp -d "$root/run/garage-look.XXXXXX")"
    mkdir -p "$tools"
    # shellcheck disable=SC2064 # the path of now
    case "$verb" in look) trap "rm -rf '$tools'" EXIT ;; uninstall) trap "rm -rf '$tools/$tool' '$tools/$tool.lock'" EXIT ;; esac
    find_pack "$opt" "$tools"
    tool="$tools/$tool"
    unpack "$tool"
}

main() {
    local packed="$1" digest="$2" verb="$3" node="$4" root="${GARAGE_NODE_ROOT:-}" opt tool answer form what
    shift 4
    opt="$root/opt/garage-node"
    if [ "$(id -u)" != 0 ] && [ -z "$root" ]; then end "this must run as root: use a user with password-less sudo [not-root]"; fi
    # bash keeps here-documents in files there; this one holds secrets.
    export TMPDIR="$root/run" LC_ALL=C
    umask 022
    if [ "$verb" = uninstall ] && is_bare; then
        echo "$node: nothing to uninstall: this host is claimed by no cluster" >&2
        forget_sent
        return
    fi
    if [ "$verb" = leave ]; then
        answer="$(leave "$@")"
    else
        bring "${@:1:1}"
        answer="$(sheet | bash "$tool/garage-node" "$verb" "$node" "tool=${tool##*/}" "${@:2}")"
    fi
    case "$verb" in
        leave) what="its answer" form="[A-Za-z0-9._-]+ [a-z0-9]+" ;;
        look) what="its answer" form="(same|ours)( [a-z0-9]+)*" ;;
        untake) what="its answer" form="back" ;;
        disown) what="its answer" form="free" ;;
        back) what="the node's id" form="([0-9a-f]{64}|none)" ;;
        *) what="the node's id" form="[0-9a-f]{64}" ;;
    esac
    if [ "$verb" != uninstall ] && [[ ! "$answer" =~ (^|$'\n')"garage-node answers "$form$ ]]; then
        end "the tool ended without $what (it said \"${answer:0:200}\"): is the disk of /opt well? Set another reapply for this node, then run pulumi up [install]"
    fi
    [ -z "$answer" ] || printf '%s\n' "$answer"
    forget_sent
}

# What other versions sent. Of this one it stays until the node goes: a call may come before root has a copy of its own, or when that is lost.
# Nothing fails behind an answer: root may not delete in every home.
forget_sent() {
    local each
    for each in "$PWD"/.garage-node-*.pack; do
        case "$verb:${each##*/}" in
            look:* | leave:*) continue ;;
            uninstall:*) [ ! -f "$root/etc/garage-node/claim" ] || continue ;;
            *:".garage-node-$packed.pack") continue ;;
        esac
        rm -f -- "$each" 2>/dev/null || true
    done
}
