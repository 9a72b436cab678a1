# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# The old service is a unit (oldKeeper.sh): put away so that nobody can start it, and brought back as it was.
# What lies in /etc/systemd/system goes to /etc/garage-node/adopted/unit by a rename; what lies elsewhere stays, overridden from /etc.

UNITS_DIR=/etc/systemd/system

# unit_is_ours FILE
unit_is_ours() {
    local line=""
    { IFS= read -r line <"$1"; } 2>/dev/null || true
    case "$line" in "# Installed by garage-node"*) return 0 ;; esac
    return 1
}

old_unit_named() {
    old_get unit "$1"
}

old_unit_found() {
    local unit fragment
    old_get unit unit
    old_get fragment fragment
    [ -f "$ADOPTED/unit/$unit" ] || { [ -f "$ROOT$fragment" ] && ! unit_is_ours "$ROOT$fragment"; } ||
        { LAST_SEEN="the file of $unit is gone ($fragment)"; return 1; }
}

old_unit_says() {
    local _unit
    old_get unit _unit
    give "journalctl -u $_unit" "$1"
}

# old_unit_own DIR
old_unit_own() {
    local unit
    old_get unit unit
    grep -qs -- "/$unit\(/\|\$\)" "$1/cgroup"
}

old_unit_recorded() {
    local unit
    old_get unit unit
    old_links "$unit" && old_elsewhere "$unit"
}

# old_links UNIT: lines `link PATH TARGET` of what enables it, and of its other names.
old_links() {
    local link target
    while IFS= read -r link; do
        target="$(readlink -- "$link")"
        case "${link##*/}:${link%/*}" in
            "$1:$ROOT$UNITS_DIR") continue ;;
            "$1:"*) ;;
            *) [ "${target##*/}" = "$1" ] || continue ;;
        esac
        printf 'link %s %s\n' "${link#"$ROOT"}" "$target"
    done < <(find "$ROOT$UNITS_DIR" -mindepth 1 -maxdepth 2 -type l)
}

# old_elsewhere UNIT: lines `mask NAME` of its drop-ins that a package, or somebody for this boot, has put elsewhere: they would be ours too.
old_elsewhere() {
    local path
    [ "$1" = garage.service ] || return 0
    for path in $(systemctl show "$1" -p DropInPaths 2>/dev/null | sed -n 's/^DropInPaths=//p'); do
        case "$path" in
            "$UNITS_DIR"/* | */90-garage-node.conf) ;;
            */"$1.d"/*) printf 'mask %s\n' "${path##*/}" ;;
        esac
    done
}

# old_unit_away: 1 where it can't be, or somebody has put it back meanwhile.
old_unit_away() {
    local unit dir="$ROOT$UNITS_DIR" away="$ADOPTED/unit" part path names name
    old_get unit unit
    roots_dir "$away" || { LAST_SEEN="can't make $away"; return 1; }
    for part in "$unit.d" "$unit"; do
        if [ -L "$dir/$part" ] && [ "$(readlink "$dir/$part")" = /dev/null ]; then continue; fi
        if { [ ! -e "$dir/$part" ] && [ ! -L "$dir/$part" ]; } || unit_is_ours "$dir/$part" || [ -e "$dir/$part/50-garage-node.conf" ]; then continue; fi
        [ ! -e "$away/$part" ] || { LAST_SEEN="somebody has made $UNITS_DIR/$part anew"; return 1; }
        mv -T -- "$dir/$part" "$away/$part" || { LAST_SEEN="can't move $UNITS_DIR/$part"; return 1; }
    done
    while read -r path _; do [ -z "$path" ] || rm -f -- "$ROOT$path"; done <<<"$(kv_all "$ADOPTED/before.adopted" link)"
    if [ "$unit" != garage.service ]; then
        [ -L "$dir/$unit" ] || ln -s /dev/null "$dir/$unit"
    else
        kv_all "$ADOPTED/before.adopted" mask names
        while read -r name; do
            [ -n "$name" ] || continue
            (umask 022 && mkdir -p "$dir/$unit.d") && ln -sfn /dev/null "$dir/$unit.d/$name" || return 1
        done <<<"$names"
    fi
    sync "$away" "$dir"
    systemctl daemon-reload
}

# old_unit_back: ours goes, and it is as it was.
old_unit_back() {
    local unit dir="$ROOT$UNITS_DIR" away="$ADOPTED/unit" part path target links
    old_get unit unit
    our_unit_away || return 1
    if [ -L "$dir/$unit" ] && [ "$(readlink "$dir/$unit")" = /dev/null ]; then rm -f -- "$dir/$unit" || return 1; fi
    for part in "$unit.d" "$unit"; do
        if [ ! -e "$away/$part" ] && [ ! -L "$away/$part" ]; then continue; fi
        # What is left of ours where it was cut short: links to nothing.
        [ ! -d "$dir/$part" ] || rm -rf -- "${dir:?}/$part" || return 1
        mv -T -- "$away/$part" "$dir/$part" || { LAST_SEEN="can't move $away/$part back"; return 1; }
    done
    kv_all "$ADOPTED/before.adopted" mask path
    if [ -n "$path" ] && [ ! -e "$away/$unit.d" ] && [ -d "$dir/$unit.d" ]; then
        while read -r part; do [ ! -L "$dir/$unit.d/$part" ] || rm -f -- "$dir/$unit.d/$part"; done <<<"$path"
        rmdir -- "$dir/$unit.d" 2>/dev/null || true
    fi
    kv_all "$ADOPTED/before.adopted" link links
    while read -r path target; do
        [ -z "$path" ] || ln -sfn -- "$target" "$ROOT$path" || return 1
    done <<<"$links"
    sync "$dir"
    systemctl daemon-reload
}
