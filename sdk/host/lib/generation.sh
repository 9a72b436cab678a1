# shellcheck shell=bash
# How stage makes a generation: one immutable pair of binary and configuration, there whole or not at all. `info` beside them says what they
# are, `template` is the configuration before addresses and secrets were filled in.

stage_generation() {
    local id="$1" release="$2" arch="$3" dir sum
    case "$id" in *[!A-Za-z0-9.-]* | "" | .* | *.quiet | *.tmp) fail sheet-incomplete "\"$id\" is no generation" ;; esac
    dir="$GENERATIONS/$id"
    if generation_whole "$id" && generation_whole "$id.quiet"; then
        generation_refuse_other "$id"
        generation_renew "$id" toml
        generation_renew "$id.quiet" quiet
        return 0
    fi
    rm -rf "$dir.tmp" "$dir.quiet.tmp"
    install -d -m 755 "$GENERATIONS" "$dir.tmp" "$dir.quiet.tmp"
    stage_binary "$dir.tmp/garage" "$release" "$arch"
    file_sha256 "$dir.tmp/garage" sum
    ln "$dir.tmp/garage" "$dir.quiet.tmp/garage"
    generation_fill "$id" toml no "$arch" "$sum"
    generation_fill "$id.quiet" quiet yes "$arch" "$sum"
    generation_place "$id"
    generation_place "$id.quiet"
    sync "$GENERATIONS"
    say "staged Garage $release ($id)"
}

# Its binary is what info says.
generation_whole() {
    local sum
    [ -f "$GENERATIONS/$1/info" ] && [ -f "$GENERATIONS/$1/garage.toml" ] &&
        file_sha256 "$GENERATIONS/$1/garage" sum && generation_is "$1" sha256 "$sum"
}

# An id stands for one set of plain values; the addresses and secrets in it may change, nothing else.
generation_refuse_other() {
    local asked have key
    asked="$(generation_facts)"
    have="$(info_facts "$1")"
    # What tools of before didn't write down. The id stands for garage.toml, so for that as well.
    for key in replicationfactor rpctimeout k2vport k2vbind; do
        case $'\n'"$have" in *$'\n'"$key "*) ;; *) asked="$(sed "/^$key /d" <<<"$asked")" ;; esac
    done
    lines_sorted "$asked" asked
    lines_sorted "$have" have
    [ "$asked" = "$have" ] ||
        fail generation-differs "generation $1 lies here with other values than those asked for; it was not touched (was $GENERATIONS/$1/info edited?)"
}

# generation_renew ID toml|quiet: what may have changed of it: addresses, secrets; and what a tool of before didn't write down.
generation_renew() {
    local template series text
    template_asked "$2" template
    generation_info "$1" series series
    text="$(render "$template" "$series")" || exit 1
    facts_write "$1" "$template" "$(generation_facts)"
    toml_rewrite "$1" "$text"
}

# A generation that is broken is made anew; the one that runs keeps its place until the new one is whole.
generation_place() {
    [ ! -e "$GENERATIONS/$1.old" ] || rm -rf "$GENERATIONS/$1.old"
    [ ! -d "$GENERATIONS/$1" ] || mv -T "$GENERATIONS/$1" "$GENERATIONS/$1.old"
    mv -T "$GENERATIONS/$1.tmp" "$GENERATIONS/$1"
    [ ! -e "$GENERATIONS/$1.old" ] || rm -rf "$GENERATIONS/$1.old"
}

# generation_fill ID toml|quiet IS_QUIET ARCH BINARY_SUM
generation_fill() {
    local dir="$GENERATIONS/$1.tmp" template series text sum mark
    template_asked "$2" template
    sheet_need series series
    text="$(render "$template" "$series")" || exit 1
    garage_user
    { put_file "$dir/template" "$template" && put_file "$dir/garage.toml" "$text" 400 "$GARAGE_UID:$GARAGE_GID"; } ||
        fail unwritable "can't write to $dir; is the disk full?"
    small_sha256 "$dir/garage.toml" sum
    mark="$(download_mark "$4")"
    text="$(generation_facts)" || exit 1
    put_file "$dir/info" "$text"$'\n'"sha256 $5"$'\n'"tomlsha256 $sum"$'\n'"arch $4"$'\n'"quiet $3"$'\n'"source $mark" ||
        fail unwritable "can't write to $dir; is the disk full?"
    sync "$dir/garage" "$dir"
}

# What a generation is, by the sheet, as `info` has it.
generation_facts() {
    local key value word
    for key in release series engine metadata replicationfactor rpctimeout; do
        sheet_need "$key" value
        printf '%s %s\n' "$key" "$value"
    done
    sheet_all data value
    [ -z "$value" ] || printf 'data %s\n' "${value//$'\n'/$'\n'data }"
    for key in port bind; do
        sheet_need "${key}s" value
        for word in $value; do printf '%s%s %s\n' "${word%%=*}" "$key" "${word#*=}"; done
    done
}
