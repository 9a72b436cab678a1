# shellcheck shell=bash
# What `host` puts onto the machine once nothing speaks against it: programs, the user, the unit, this tool.

# `admit`, uninstall and restore go without jq.
setup_packages() {
    local tool missing=()
    for tool in curl openssl jq; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    packages_install "${missing[@]}" ca-certificates || fail packages "could not install ${missing[*]}; nothing else was changed: install them by hand, then run pulumi up again"
    for tool in "${missing[@]}"; do
        command -v "$tool" >/dev/null || fail packages "$tool is missing and can't be installed here; nothing else was changed: install it by hand, then run pulumi up again"
    done
}

packages_install() {
    if command -v apt-get >/dev/null; then
        packages_apt update && packages_apt install "$@"
    elif command -v dnf >/dev/null; then
        packages_rpm dnf "$@"
    elif command -v yum >/dev/null; then
        packages_rpm yum "$@"
    fi
}

# These wait for their locks, for ever; one that works is long done by then.
packages_rpm() {
    watched 1800 "$1 (is another $1 at work on this machine?)" timeout --kill-after=300 1800 "$1" -qy install "${@:2}" >&2
}

# A machine that boots updates itself, and apt doesn't wait for its own locks.
packages_apt() {
    PACKAGES_CODE=1
    wait_until 600 "another apt on this machine" packages_apt_ended "$@" || say "another apt has held its lock for 600 s ($LAST_SEEN)"
    return "$PACKAGES_CODE"
}

packages_apt_ended() {
    local log="$RUN/apt.log"
    PACKAGES_CODE=0
    DEBIAN_FRONTEND=noninteractive apt-get -qy "$@" >"$log" 2>&1 || PACKAGES_CODE=$?
    LAST_SEEN="$(grep -m 1 -E 'Could not get lock|Unable to (lock|acquire)' "$log")" || LAST_SEEN=""
    if [ "$PACKAGES_CODE" -ne 0 ] && [ -n "$LAST_SEEN" ]; then
        nap 3
        return 1
    fi
    cat "$log" >&2
}

setup_user() {
    getent group garage >/dev/null || groupadd --system garage
    getent passwd garage >/dev/null && return 0
    useradd --system --gid garage --no-create-home --home-dir /nonexistent --shell "$(nologin)" garage
}

nologin() {
    if [ -x /usr/sbin/nologin ]; then echo /usr/sbin/nologin; else echo /sbin/nologin; fi
}

setup_unit() {
    local unit="$ROOT/etc/systemd/system/garage.service" same=no
    ! cmp -s "$HERE/garage.service" "$unit" || same=yes
    setup_file "$HERE/garage.service" "$unit" 644
    setup_launchers
    # Before the first start `activate` reloads, and it is the dearest command of a set-up.
    if [ "$same" = yes ]; then unit_reload; elif [ -L "$OPT/current" ]; then systemctl daemon-reload; fi
}

setup_launchers() {
    local name
    for name in garage-node garage-manage; do
        setup_launcher "$name" >"$RUN/$name"
        setup_file "$RUN/$name" "$ROOT/usr/bin/$name" 755
        rm -f "$RUN/$name"
    done
}

# A shell takes an empty file, as a disk in trouble may leave one, for a script that succeeds: such an `admit` would admit anything.
setup_launcher() {
    cat <<LAUNCHER
#!/bin/sh
tool=/opt/garage-node/current/$1
line=
{ read -r line <"\$tool"; } 2>/dev/null
case "\$line" in "#!"*) exec "\$tool" "\$@" ;; esac
echo "$1: \$tool is missing, empty or no script; nothing was done: set another reapply for this node and run pulumi up [install]" >&2
exit 1
LAUNCHER
}

setup_file() {
    ! cmp -s "$1" "$2" || return 0
    install -m "$3" "$1" "$2.new"
    sync "$2.new"
    mv -fT "$2.new" "$2"
    sync "${2%/*}"
}

setup_tool() {
    local old
    old="$(readlink "$TOOLS/current" 2>/dev/null || true)"
    [ "$old" != "$1" ] || return 0
    ln -sfn "$1" "$TOOLS/current.new"
    mv -fT "$TOOLS/current.new" "$TOOLS/current"
    sync "$TOOLS"
    # Up to 0.1.0 a tool that came in a major upgrade was noted here, and taken when that had ended.
    ! ledger_knows tool || ledger_update tool=
    find "$TOOLS" -mindepth 1 -maxdepth 1 ! -type l ! -name "$1*" ! -name "${old:-$1}*" -mmin +1440 -exec rm -rf {} +
}
