# shellcheck shell=bash
# What `host` does once nothing speaks against it. Each step looks first, and only does what isn't done.

setup_packages() {
    local tool missing=()
    for tool in curl openssl; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    if command -v apt-get >/dev/null; then
        { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install "${missing[@]}" ca-certificates; } >&2
    elif command -v dnf >/dev/null; then
        dnf -qy install "${missing[@]}" ca-certificates >&2
    elif command -v yum >/dev/null; then
        yum -qy install "${missing[@]}" ca-certificates >&2
    fi || fail packages "could not install ${missing[*]}; install them by hand, then run pulumi up again"
    for tool in "${missing[@]}"; do
        command -v "$tool" >/dev/null || fail packages "$tool is missing and can't be installed here; install it by hand"
    done
}

setup_user() {
    local shell=/usr/sbin/nologin
    getent group garage >/dev/null || groupadd --system garage
    getent passwd garage >/dev/null && return 0
    [ -x "$shell" ] || shell=/sbin/nologin
    useradd --system --gid garage --no-create-home --home-dir /nonexistent --shell "$shell" garage
}

# node_key: the last 32 bytes of an ed25519 private key in DER and of its public one; every series keeps such a key.
setup_node_key() {
    local dir="$ROOT$1" private public
    garage_user
    # Without a ledger an empty file is no key: a power loss in the first set-up left it.
    if [ -s "$dir/node_key" ] || { [ -f "$dir/node_key" ] && ledger_exists; }; then
        own_key "$dir/node_key"
        own_key "$dir/node_key.pub"
        [ "$(tail -c 32 "$dir/node_key" | base64)" = "$(base64 <"$dir/node_key.pub")" ] ||
            fail node-key "node_key and node_key.pub in $1 don't belong together"
        return 0
    fi
    ! ledger_exists || fail node-key "node_key is missing in $1, and with a new one this would be another node: put it back from a backup"
    private="$(openssl genpkey -algorithm ed25519 -outform DER | base64 -w 0)"
    public="$(base64 -d <<<"$private" | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | base64 -w 0)"
    private="$({ base64 -d <<<"$private" | tail -c 32 && base64 -d <<<"$public"; } | base64 -w 0)"
    [ "${#private}" = 88 ] || fail node-key "openssl made no usable key; is it 1.1.1 or newer?"
    put_key "$dir/node_key.pub" "$public"
    put_key "$dir/node_key" "$private"
    rm -f -- "$dir/node_key.new"
}

# put_key FILE BASE64: root's own, for Garage to read; the daemon's own where root can't give it to the group.
put_key() {
    put_output "$1" 440 "$EUID:$GARAGE_GID" base64 -d <<<"$2" 2>/dev/null || base64 -d <<<"$2" | garage_puts "$1" ||
        fail node-key "can't write $1; is the metadata volume full, or read-only?"
}

# own_key FILE: up to 0.1.0 it was Garage's, who could put anything in its place. Read with no more rights than its owner has.
own_key() {
    local key
    [ -f "$1" ] && [ -O "${1%/*}" ] && [ "$(stat -c '%u:%g %a' -- "$1")" != "$EUID:$GARAGE_GID 440" ] || return 0
    if [ -O "$1" ]; then key="$(base64 -w 0 -- "$1")"; else key="$(as_garage timeout 10 base64 -w 0 -- "$1")"; fi || fail node-key "can't read $1"
    put_key "$1" "$key"
}

# The ledger before the claim: a run that was cut short between them finds a ledger of its own, not a lost one.
setup_ledger() {
    local changes=() path name id paths
    node_id_of "$ROOT$3" id
    if ! ledger_exists; then
        while read -r name; do
            [ -z "$name" ] || rm -f -- "$ROOT$3/$name"
        done <<<"$(ledger_leftovers)"
        changes=("cluster=$1" "node=$2" "id=$id" "metadata=$3" "born=no" "@set up")
    fi
    sheet_all data paths
    while read -r path; do
        [ -n "$path" ] || continue
        ledger_has datamark "$path" || {
            setup_mark "$path" "$id"
            ledger_has data "$path" || changes+=("+data=$path")
            changes+=("+datamark=$path")
        }
    done <<<"$paths"
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
}

setup_claim() {
    local id backups owner old
    ledger_get id id
    host_backups backups
    sheet_get owner owner
    claim_get owner old
    [ -z "$old" ] || [ "$old" = "$owner" ] || say "taken over from $old: whatever becomes of that one, it leaves this host alone"
    owner="${owner:-$old}"
    put_file "$ETC/claim" "cluster $1"$'\n'"node $2"$'\n'"id $id"$'\n'"metadata $3"$'\n'"backups $backups${owner:+$'\n'owner $owner}" ||
        fail claim-unwritable "can't write $ETC/claim; is the disk full?"
}

# Garage refuses a secret that its group may read, so these are its user's own; what lies there is root's to say.
setup_secrets() {
    local name value old lines right
    garage_user
    sheet_all secret lines
    [ -d "$SECRETS" ] || mkdir "$SECRETS"
    if [ "$(stat -c '%u:%g %a' "$SECRETS")" != "$EUID:$GARAGE_GID 750" ]; then chmod 750 "$SECRETS" && chown "$EUID:$GARAGE_GID" "$SECRETS"; fi
    right="$(stat -c '%u:%g %a %n' -- "$SECRETS"/* 2>/dev/null)" || true
    while read -r name value; do
        [ -n "$value" ] || continue
        text_of "$SECRETS/$name" old
        if [ "$old" = "$value" ] && among "$GARAGE_UID:$GARAGE_GID 400 $SECRETS/$name" "$right"; then continue; fi
        put_file "$SECRETS/$name" "$value" 400 "$GARAGE_UID:$GARAGE_GID" || fail secret-unwritable "can't write $SECRETS/$name; is the disk full?"
    done <<<"$lines"
}

setup_unit() {
    local name unit="$ROOT/etc/systemd/system/garage.service" same=no
    ! cmp -s "$HERE/garage.service" "$unit" || same=yes
    setup_file "$HERE/garage.service" "$unit" 644
    for name in garage-node garage-manage; do
        setup_launcher "$name" >"$RUN/$name"
        setup_file "$RUN/$name" "$ROOT/usr/bin/$name" 755
        rm -f "$RUN/$name"
    done
    # Before the first start `activate` reloads, and it is the dearest command of a set-up.
    if [ "$same" = yes ]; then unit_reload; elif [ -L "$OPT/current" ]; then systemctl daemon-reload; fi
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

# A procedure ends with the tool it was begun with.
setup_tool() {
    local old
    old="$(readlink "$TOOLS/current" 2>/dev/null || true)"
    [ "$old" != "$1" ] || return 0
    if [ -n "$old" ] && ledger_is hopstate open; then
        say "a major upgrade is open: garage-node stays at $old until it has ended, $1 lies ready"
        ledger_update "tool=$1"
        return 0
    fi
    tool_switch "$1"
    find "$TOOLS" -mindepth 1 -maxdepth 1 -type d ! -name "$1" ! -name "${old:-$1}" -mmin +1440 -exec rm -rf {} +
}

tool_switch() {
    ln -sfn "$1" "$TOOLS/current.new"
    mv -fT "$TOOLS/current.new" "$TOOLS/current"
    sync "$TOOLS"
    ! ledger_knows tool || ledger_update tool=
}

# At the end of a major upgrade, or of the way back from it: the tool that came meanwhile.
tool_ready() {
    local id
    ledger_get tool id
    if [ -z "$id" ]; then return 0; fi
    if [ -x "$TOOLS/$id/garage-node" ]; then
        tool_switch "$id"
        say "garage-node is $id from now on"
    fi
}
