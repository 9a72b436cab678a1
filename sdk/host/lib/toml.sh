# shellcheck shell=bash
# The few things that bash must read from, or change in, a rendered garage.toml.

# toml_string FILE KEY VARIABLE: the string of a top-level key.
toml_string() {
    local KV
    toml_find "$1" "^$2 *= *\"(.*)\" *\$"
    give "$KV" "$3"
}

# toml_copies FILE VARIABLE: the replication factor, whichever way the series writes it.
toml_copies() {
    local KV
    toml_find "$1" '^replication_(factor|mode) *= *"?([0-9]+|none)'
    give "${KV/none/1}" "$2"
}

# toml_find FILE PATTERN: sets KV to what the last brackets of PATTERN hold, of the last top-level line that is like it.
toml_find() {
    local line lines
    KV=""
    mapfile -t lines <"$1"
    for line in ${lines[@]+"${lines[@]}"}; do
        case "$line" in "["*) break ;; esac
        [[ ! "$line" =~ $2 ]] || KV="${BASH_REMATCH[-1]}"
    done
}

# The data directories, whichever way TOML writes them: a string, inline tables, or [[data_dir]] sections.
toml_data_dirs() {
    awk '
        function paths(text) {
            while (match(text, /path *= *"[^"]*"/)) {
                one = substr(text, RSTART, RLENGTH); sub(/^path *= *"/, "", one); sub(/"$/, "", one); print one
                text = substr(text, RSTART + RLENGTH)
            }
        }
        /^\[/ { top = 1; inside = ($0 ~ /^\[\[ *data_dir *\]\]/) ; next }
        !top && /^data_dir *= *"/ { sub(/^data_dir *= *"/, ""); sub(/" *$/, ""); print; next }
        !top && /^data_dir *= *\[/ { many = 1 }
        many { paths($0); if ($0 ~ /\] *$/) many = 0; next }
        inside && /^path *=/ { paths($0) }
    ' "$1"
}

# The file is what `info` says; during a rewrite (toml_rewrite) info names both the old and the new one.
toml_as_recorded() {
    local sum
    small_sha256 "$GENERATIONS/$1/garage.toml" sum || return
    [ -n "$sum" ] && kv_has "$GENERATIONS/$1/info" tomlsha256 "$sum"
}

# toml_rewrite GENERATION TEXT: puts TEXT in the place of the generation's garage.toml. A crash at any point leaves a
# file that `info` knows.
toml_rewrite() {
    local dir="$GENERATIONS/$1" temp old new
    small_sha256 "$dir/garage.toml" old || true
    new="$(printf '%s\n' "$2" | sha256sum)"
    if [ "${new%% *}" != "$old" ]; then
        temp="$(mktemp "$dir/garage.toml.XXXXXX")"
        printf '%s\n' "$2" >"$temp"
        own_secret_file "$temp"
        sync "$temp"
        small_sha256 "$temp" new
        toml_record "$1" "$old" "$new"
        mv -fT "$temp" "$dir/garage.toml"
        small_sha256 "$dir/garage.toml" old
    fi
    toml_record "$1" "$old"
}

toml_record() {
    local file="$GENERATIONS/$1/info" text
    shift
    text="$(sed '/^tomlsha256 /d' "$file" && printf 'tomlsha256 %s\n' "$@")"
    [ "$text" != "$(<"$file")" ] || return 0
    printf '%s\n' "$text" >"$file.new"
    sync "$file.new"
    mv -fT "$file.new" "$file"
}

# Readable by the daemon's user and nobody else.
own_secret_file() {
    garage_user
    chown "$GARAGE_UID:$GARAGE_GID" "$1"
    chmod 400 "$1"
}
