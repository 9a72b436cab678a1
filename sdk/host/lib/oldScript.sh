# shellcheck shell=bash
# What brings the old service back once this tool is off the host, in plain commands: nothing of this tool is there then.

old_script() {
    cat <<'HEAD'
#!/bin/sh
# Written by garage-node uninstall: brings the service back that was taken over, with files and owners as they were.
set -eu
if [ -e /etc/garage-node/claim ]; then
    echo "this host is looked after by garage-node again: remove the node first" >&2
    exit 1
fi
if pgrep '^[.]?garage' | sed 's|.*|/proc/&/cmdline|' | xargs -r cat 2>/dev/null | tr '\0' '\n' | grep -qx server; then
    echo "a Garage runs here: stop it first" >&2
    exit 1
fi
set -x
HEAD
    old_script_files
    old_does script
    echo "rm -rf /etc/garage-node/adopted"
}

old_script_files() {
    local metadata paths path lines owner mode tops top dir name is
    garage_user
    claim_get metadata metadata
    old_data paths
    # As walk: whoever is garage may put a link in the place of a directory meanwhile.
    for path in $paths "$metadata"; do
        ! old_user_is other ||
            echo "find $path -mindepth 1 -user $GARAGE_UID ! -path '$path/garage-node.*' -execdir chown -h --from=$GARAGE_UID $(old_get uid):$(old_get gid) {} +"
        echo "rm -rf $path/garage-node.*"
    done
    # As own_again; what a link leads to again was given back by a run that was cut short.
    old_owners lines
    while read -r owner mode path; do
        case "$path" in
            "") continue ;;
            */node_key | */node_key.pub)
                dir="${path%/*}" name="./${path##*/}" mode="${mode: -3}"
                is="{ [ -k . ] && [ \"\$(stat -c %u .)\" = $EUID ] && stat -c '%h %u %f' $name | grep -q '^1 $EUID 8'; } || exit 0; "
                ;;
            *) dir="$path" name="." is="" ;;
        esac
        echo "[ \"\$(readlink -f $dir)\" != $dir ] || (cd -P $dir && [ \"\$(readlink /proc/self/cwd)\" = $dir ] && { ${is}chmod $mode $name && chown -h $owner $name; })"
    done <<<"$lines"
    kv_all "$ADOPTED/service.adopted" private tops
    while read -r top; do
        [ -z "$top" ] || echo "[ -L $top ] || { mv -T $top $(hidden "$top") && ln -s private/${top##*/} $top; }"
    done <<<"$tops"
    ! old_user_is made || echo "userdel garage || true"
}

old_unit_script() {
    local unit part lines path target
    old_get unit unit
    [ "$unit" = garage.service ] || echo "[ ! -L $UNITS_DIR/$unit ] || rm -f $UNITS_DIR/$unit"
    for part in "$unit.d" "$unit"; do
        if [ -e "$ADOPTED/unit/$part" ] || [ -L "$ADOPTED/unit/$part" ]; then
            echo "[ -e $UNITS_DIR/$part ] || mv -T /etc/garage-node/adopted/unit/$part $UNITS_DIR/$part"
        fi
    done
    kv_all "$ADOPTED/before.adopted" link lines
    while read -r path target; do [ -z "$path" ] || echo "ln -sfn $target $path"; done <<<"$lines"
    echo "systemctl daemon-reload"
    echo "systemctl start $unit"
}
