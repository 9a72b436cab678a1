# shellcheck shell=bash
# What must outlive a machine that the cluster made lies on the metadata volume, in directories of root's own: the backups, and here the generations
# that may run (as they lie in /opt/garage/generations), the options, and who the cluster is, by the last `stage`.

has_volumes() {
    local KV
    kv_find "$ETC/claim" volume
    [ -n "$KV" ]
}

# kept_stage GENERATIONS: all of it, by the call of `stage`; what nobody needs any more goes.
kept_stage() {
    local id
    has_volumes || return 0
    { put_changed "$ROOT$KEEP/peers" "$(kept_cluster)" && put_changed "$ROOT$KEEP/options" "$(text_of "$OPTIONS")"; } || kept_fail
    for id in $1; do
        [ ! -f "$GENERATIONS/$id/info" ] || keep_generation "$id" || kept_fail
    done
    kept_prune "$1"
}

kept_fail() {
    fail kept-unwritable "can't write to $KEEP what must outlive this machine (its binary, configuration and options); nothing was stopped: is the metadata volume full? Let it grow, then run pulumi up again"
}

kept_cluster() {
    local lines factor
    sheet_all peer lines
    sheet_get replicationfactor factor
    printf 'replicationfactor %s\npeer %s\n' "$factor" "${lines//$'\n'/$'\n'peer }"
}

# keep_generation ID: it lies there too, with the one that has S3 off. 1 where it can't.
keep_generation() {
    local id="${1%.quiet}" dir="$ROOT$KEEP" each there=()
    if ! has_volumes || kept_as_info "$id"; then return 0; fi
    for each in "$id" "$id.quiet"; do [ ! -d "$GENERATIONS/$each" ] || there+=("$GENERATIONS/$each"); done
    rm -rf -- "$dir/new" || return 1
    # At once, so that both go on having one binary.
    { mkdir -- "$dir/new" && cp -a -- "${there[@]}" "$dir/new/" && sync_tree "$dir"; } || return 1
    for each in "${there[@]##*/}"; do
        { rm -rf -- "${dir:?}/$each" && mv -T -- "$dir/new/$each" "$dir/$each"; } || return 1
    done
    rm -rf -- "$dir/new"
    sync_tree "$dir"
}

# kept_as_info ID: by what they say of themselves.
kept_as_info() {
    local each mine kept
    for each in "$1" "$1.quiet"; do
        text_of "$GENERATIONS/$each/info" mine
        text_of "$ROOT$KEEP/$each/info" kept
        [ "$mine" = "$kept" ] || return 1
    done
    [ -f "$ROOT$KEEP/$1/garage" ]
}

# kept_proven ID: byte by byte.
kept_proven() {
    local each sum dir
    for each in "$1" "$1.quiet"; do
        dir="$ROOT$KEEP/$each"
        [ -d "$GENERATIONS/$each" ] || continue
        kept_is "$dir" || return 1
    done
}

# kept_is DIR: binary and configuration are what its info says.
kept_is() {
    local sum
    [ -f "$1/info" ] && file_sha256 "$1/garage" sum && kv_has "$1/info" sha256 "$sum" &&
        small_sha256 "$1/garage.toml" sum && kv_has "$1/info" tomlsha256 "$sum"
}

# kept_prune IDS
kept_prune() {
    local dir id
    for dir in "$ROOT$KEEP"/*/; do
        id="${dir%/}"
        id="${id##*/}"
        case " ${1//$'\n'/ } " in *" ${id%.quiet} "* | *" $id "* | *" $id.quiet "*) continue ;; esac
        [ "$id" = "*" ] || rm -rf -- "$dir"
    done
}

# kept_peers: for a call that brings no nodes: those that the last `stage` brought, but for who is left out, which the call says. 1 where there was none.
kept_peers() {
    local peers name rest part factor
    kv_all "$ROOT$KEEP/peers" peer peers
    [ -n "$peers" ] || return 1
    while read -r name rest; do
        part=in
        ! sheet_has without "$name" || part=without
        SHEET_LINES+=("peer $name ${rest% *} $part")
    done <<<"$peers"
    sheet_get replicationfactor factor
    [ -n "$factor" ] || SHEET_LINES+=("replicationfactor $(kv_get "$ROOT$KEEP/peers" replicationfactor)")
}

# kept_options: a blank root disk has none.
kept_options() {
    local text
    if [ -f "$OPTIONS" ] || [ ! -f "$ROOT$KEEP/options" ]; then return 0; fi
    text_of "$ROOT$KEEP/options" text
    put_file "$OPTIONS" "$text" || fail unwritable "can't write $OPTIONS; is the disk full?"
}

# kept_lay ID: that generation lies in /opt, whole, and for this machine.
kept_lay() {
    local id="${1%.quiet}" each arch
    arch="$(uname -m)"
    if generation_whole "$1" && toml_as_recorded "$1" && generation_is "$1" arch "$arch"; then return 0; fi
    kept_is "$ROOT$KEEP/$id" ||
        fail kept-missing "generation $1, which is to run, lies neither on this machine nor whole on its metadata volume ($KEEP); nothing was started. Is it lost there: garage-node ledger forget-hold on this machine, then run pulumi up, so that stage lays it ready"
    garage_user
    for each in "$id" "$id.quiet"; do
        [ -d "$ROOT$KEEP/$each" ] || continue
        rm -rf -- "$GENERATIONS/$each.tmp"
        { cp -a -- "$ROOT$KEEP/$each" "$GENERATIONS/$each.tmp" && chown "$GARAGE_UID:$GARAGE_GID" "$GENERATIONS/$each.tmp/garage.toml"; } ||
            fail unwritable "can't write to $GENERATIONS; is the disk full?"
    done
    [ "$(kv_get "$GENERATIONS/$id.tmp/info" arch)" = "$arch" ] || kept_other_arch "$id" "$arch"
    for each in "$id" "$id.quiet"; do
        [ ! -d "$GENERATIONS/$each.tmp" ] || generation_place "$each"
    done
    sync "$GENERATIONS"
    say "laid generation $id ready"
}

# kept_other_arch ID ARCH: the same release for another architecture, as `stage` would fetch it; on the data nothing depends on that.
kept_other_arch() {
    local dir="$GENERATIONS/$1.tmp" release sum each text
    kv_get "$dir/info" release release
    sheet_is release "$release" ||
        fail kept-missing "this machine is $2, where Garage $release is to run, and the call brings a download of $(sheet_get release) only; nothing was started: set version to \"$release\", run pulumi up, and change it afterwards"
    rm -f -- "$dir/garage"
    stage_binary "$dir/garage" "$release" "$2"
    file_sha256 "$dir/garage" sum
    for each in "$dir" "${dir%.tmp}.quiet.tmp"; do
        [ -d "$each" ] || continue
        [ "$each" = "$dir" ] || ln -f "$dir/garage" "$each/garage"
        text="$(sed '/^\(arch\|sha256\|source\) /d' "$each/info")"
        put_file "$each/info" "$text"$'\n'"sha256 $sum"$'\n'"arch $2"$'\n'"source $(download_mark "$2")" || fail unwritable "can't write to $GENERATIONS; is the disk full?"
    done
}
