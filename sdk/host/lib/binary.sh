# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is read by wait_until
# Where stage gets Garage's binary from, and what it proves about it before anything stops.

# stage_binary FILE RELEASE ARCH
stage_binary() {
    local file="$1" release="$2" arch="$3" url expected from
    download_of "$arch" url
    read -r url expected <<<"$url"
    [ -n "$url" ] || fail download-missing "there is no Garage $release for $arch in the program: set binary.url or binary.path for $arch"
    from="$(binary_at_hand "$release" "$arch" "$expected")"
    if [ -n "$from" ]; then
        ln "$from" "$file"
        return 0
    fi
    check disk-space "only $(free_mib "$OPT") MiB are free in /opt; stage needs 300: make room, then run pulumi up again" test "$(free_mib "$OPT")" -ge 300
    download "$url" "$file" "$release" "$arch"
    check_binary "$file" "$release" "$arch" "$expected" "$url"
}

# download_of ARCH VARIABLE: <url> <sha256 or nothing>
download_of() {
    local KV="" _name _url _sum _all
    sheet_all download _all
    while read -r _name _url _sum; do
        [ "$_name" != "$1" ] || KV="$_url ${_sum#-}"
    done <<<"$_all"
    give "$KV" "$2"
}

# Tells two sources apart without keeping an address that may hold a password.
download_mark() {
    local source sum
    download_of "$1" source
    sum="$(printf '%s\n' "$source" | sha256sum)" || return
    printf '%s\n' "${sum:0:16}"
}

# The same binary in another generation (only the configuration changed): nothing is fetched twice.
binary_at_hand() {
    local dir id
    for dir in "$GENERATIONS"/*/; do
        id="${dir%/}"
        id="${id##*/}"
        case "$id" in *.tmp | *.old | "*") continue ;; esac
        if generation_is "$id" release "$1" && generation_is "$id" arch "$2" &&
            generation_is "$id" source "$(download_mark "$2")" && generation_whole "$id" &&
            { [ -z "$3" ] || generation_is "$id" sha256 "$3"; }; then
            printf '%s\n' "${dir}garage"
            return
        fi
    done
}

download() {
    local url="$1" file="$2" limit pid code=0
    option downloadTimeoutSeconds 600 limit
    say "fetching Garage $3 for $4"
    # The address by stdin: it may hold a password.
    printf 'url = "%s"\n' "${url//\"/%22}" |
        curl -fsSL --retry 3 --retry-delay 2 --retry-max-time "$limit" --connect-timeout 15 --max-time "$limit" \
            --proto '=https,http,file' --proto-redir '=https,http' -o "$file" -w '%{http_code}' -K - >"$file.code" 2>"$file.log" &
    pid=$!
    # curl's own limit is each attempt's.
    wait_until $((limit + 1)) "the download" download_ended "$pid" "$file" || kill "$pid" 2>/dev/null || true
    wait "$pid" || code=$?
    [ "$code" -ne 143 ] || code=28
    [ "$code" -eq 0 ] || download_failed "$code" "$(cat "$file.code")" "$(tail -n 1 "$file.log")" "$url" "$3" "$limit"
    rm -f "$file.code" "$file.log"
}

download_ended() {
    LAST_SEEN="$(($(stat -c %s "$2" 2>/dev/null || echo 0) / 1048576)) MiB so far"
    ! kill -0 "$1" 2>/dev/null
}

download_failed() {
    local url
    url="$(printf '%s\n' "$4" | sed 's|//[^/@]*@|//…@|; s|?.*||')"
    rm -rf "$GENERATIONS"/*.tmp
    case "$1-$2" in
        22-404 | 22-403 | 22-410 | 37-*) fail download-missing "there is no Garage $5 at $url (${3:-HTTP $2}); nothing was stopped: check version, or binary.baseUrl" ;;
        18-*) fail download-truncated "the download of $url was cut short; nothing was stopped: run pulumi up again" ;;
        28-*) fail download-timeout "$url took longer than $6 s; nothing was stopped: run pulumi up again, or raise downloadTimeoutSeconds" ;;
        *) fail download-failed "$url could not be fetched (${3:-curl $1}); nothing was stopped: run pulumi up again, or set binary.baseUrl to a mirror" ;;
    esac
}

check_binary() {
    local file="$1" release="$2" arch="$3" expected="$4" sum machine text
    sum="$(file_sha256 "$file")"
    if [ -n "$expected" ] && [ "$sum" != "$expected" ]; then
        binary_refused checksum "the file at $5 has the checksum $sum, not $expected: it is not Garage $release as known. Find out who changed it; for a build of your own set binary.sha256"
    fi
    machine="$(elf_machine "$file")"
    [ -z "$machine" ] || [ "$machine" = "$arch" ] ||
        binary_refused architecture "the file at $5 is for $machine, this host is $arch: set binary.url or binary.path for $arch"
    chmod 555 "$file"
    text="$(cd / && as_garage timeout -k 2 15 "$file" --version 2>&1 | head -n 1)" || true
    [ "$(release_in "$text")" = "$release" ] ||
        binary_refused binary-version "the file at $5 does not say that it is Garage $release; asked for --version, it says \"${text:0:200}\""
    case "$text" in
        *features:*"$(sheet_get engine)"*) ;;
        *features:*) binary_refused binary-engine "this build of Garage $release has no $(sheet_get engine) (${text#*features: }: take another build, or another dbEngine" ;;
    esac
}

binary_refused() {
    rm -rf "$GENERATIONS"/*.tmp
    fail "$1" "$2; nothing was stopped"
}

# `garage cargo:1.3.0 [features: …]`, `garage v1.3.0 …`, `garage 0.7.0` → the release.
release_in() {
    printf '%s\n' "$1" | sed -nE 's/^garage (cargo:|git:|v)*([0-9]+\.[0-9]+\.[0-9]+)( .*)?$/\2/p'
}

# The architecture in an ELF header; nothing for what isn't ELF.
elf_machine() {
    local hex
    hex="$(od -An -v -N19 -tx1 "$1")"
    hex="${hex//[$' \n']/}"
    [ "${hex:0:8}" = 7f454c46 ] || return 0
    case "${hex:36:2}" in
        3e) echo x86_64 ;;
        b7) echo aarch64 ;;
        28) echo "32-bit ARM" ;;
        03) echo "32-bit x86" ;;
        *) echo "another machine" ;;
    esac
}
