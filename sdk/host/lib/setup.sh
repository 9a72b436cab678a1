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

setup_directories() {
    local path paths backups
    host_backups backups
    (umask 022 && mkdir -p "$ETC" "$GENERATIONS" "$ROOT$backups")
    chmod 700 "$ROOT$backups"
    setup_directory "$1"
    sheet_all data paths
    while read -r path; do
        [ -z "$path" ] || setup_directory "$path"
    done <<<"$paths"
}

setup_directory() {
    local dir="$ROOT$1"
    [ -d "$dir" ] || { umask 022 && mkdir -p "$dir" && umask 077; }
    # A volume that comes from another root disk may know the user by another number.
    if [ "$(stat -c %U "$dir")" != garage ]; then
        if ledger_exists; then chown -R garage:garage "$dir"; else chown garage:garage "$dir"; fi
    fi
    chmod 700 "$dir"
    as_garage test -w "$dir" || fail path-unfit "the user garage can't reach $1: one of the directories above it is closed"
}

# node_key: the last 32 bytes of an ed25519 private key in DER and of its public one; every series keeps such a key.
setup_node_key() {
    local dir="$ROOT$1" private public
    # Without a ledger an empty file is no key: a power loss in the first set-up left it.
    if [ -s "$dir/node_key" ] || { [ -f "$dir/node_key" ] && ledger_exists; }; then
        [ "$(tail -c 32 "$dir/node_key" | base64)" = "$(base64 <"$dir/node_key.pub")" ] ||
            fail node-key "node_key and node_key.pub in $1 don't belong together"
        return 0
    fi
    ! ledger_exists || fail node-key "node_key is missing in $1, and with a new one this would be another node: put it back from a backup"
    private="$(openssl genpkey -algorithm ed25519 -outform DER | base64 -w 0)"
    public="$(base64 -d <<<"$private" | openssl pkey -inform DER -pubout -outform DER | base64 -w 0)"
    base64 -d <<<"$public" | tail -c 32 >"$dir/node_key.pub"
    { base64 -d <<<"$private" | tail -c 32 && cat "$dir/node_key.pub"; } >"$dir/node_key.new"
    [ "$(stat -c %s "$dir/node_key.new")" = 64 ] || fail node-key "openssl made no usable key; is it 1.1.1 or newer?"
    chown garage:garage "$dir/node_key.new" "$dir/node_key.pub"
    chmod 600 "$dir/node_key.new" "$dir/node_key.pub"
    sync "$dir/node_key.new" "$dir/node_key.pub"
    mv -fT "$dir/node_key.new" "$dir/node_key"
    sync "$dir"
}

# The ledger before the claim: a run that was cut short between them finds a ledger of its own, not a lost one.
setup_ledger() {
    local LEDGER_FILE changes=() path name id paths
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
            # The mark shows at each start that the right volume is mounted.
            setup_mark "$path" "$id"
            ledger_has data "$path" || changes+=("+data=$path")
            changes+=("+datamark=$path")
        }
    done <<<"$paths"
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
    ledger_find
    chown root:root "$LEDGER_FILE"
    chmod 600 "$LEDGER_FILE"
}

setup_mark() {
    local file="$ROOT$1/garage-node.data" mark
    text_of "$file" mark
    [ "$mark" != "$2" ] || return 0
    printf '%s\n' "$2" >"$file"
    chmod 644 "$file"
    sync "$file" "${file%/*}"
}

setup_claim() {
    local id backups owner old
    ledger_get id id
    host_backups backups
    sheet_get owner owner
    claim_get owner old
    [ -z "$old" ] || [ "$old" = "$owner" ] || say "taken over from $old: whatever becomes of that one, it leaves this host alone"
    owner="${owner:-$old}"
    printf 'cluster %s\nnode %s\nid %s\nmetadata %s\nbackups %s\n%s' "$1" "$2" "$id" "$3" "$backups" "${owner:+owner $owner$'\n'}" >"$ETC/claim.new"
    chmod 600 "$ETC/claim.new"
    sync "$ETC/claim.new"
    mv -fT "$ETC/claim.new" "$ETC/claim"
    sync "$ETC"
}

# Whole on the disk before they get their names: with an empty secret a node would talk to nobody.
setup_secrets() {
    local name value old file files=() lines
    sheet_all secret lines
    install -d -m 700 -o garage -g garage "$SECRETS"
    while read -r name value; do
        [ -n "$value" ] || continue
        text_of "$SECRETS/$name" old
        [ "$old" != "$value" ] || continue
        # The same in the other case: garage.toml of before 0.8.2 holds it as it was.
        case "$name" in rpc_secret*) [ "${old,,}" != "${value,,}" ] || continue ;; esac
        printf '%s\n' "$value" >"$SECRETS/$name.new"
        chown garage:garage "$SECRETS/$name.new"
        chmod 600 "$SECRETS/$name.new"
        files+=("$SECRETS/$name")
    done <<<"$lines"
    [ "${#files[@]}" -gt 0 ] || return 0
    sync "${files[@]/%/.new}"
    for file in "${files[@]}"; do mv -fT "$file.new" "$file"; done
    sync "$SECRETS" "$ETC"
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
