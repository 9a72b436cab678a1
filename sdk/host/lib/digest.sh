# shellcheck shell=bash
# Digests of texts that must not stand in argv.

# sha256_of TEXT VARIABLE: of TEXT alone, no newline behind it.
sha256_of() {
    local KV
    KV="$(printf '%s' "$1" | sha256sum)"
    give "${KV%% *}" "$2"
}

# hmac KEY TEXT VARIABLE: HMAC-SHA256 in hex digits; KEY is in hex digits too.
hmac() {
    local KV="$1" i inner="" outer="" byte
    if [ "${#KV}" -gt 128 ]; then
        hex_escaped "$KV" inner
        # shellcheck disable=SC2059 # bytes
        KV="$(printf "$inner" | sha256sum)"
        KV="${KV%% *}"
        inner=""
    fi
    for ((i = 0; i < 128; i += 2)); do
        byte="${KV:i:2}"
        printf -v inner '%s%02x' "$inner" $((0x${byte:-0} ^ 0x36))
        printf -v outer '%s%02x' "$outer" $((0x${byte:-0} ^ 0x5c))
    done
    hex_escaped "$inner" inner
    # shellcheck disable=SC2059 # bytes
    KV="$({ printf "$inner" && printf '%s' "$2"; } | sha256sum)"
    hex_escaped "$outer${KV%% *}" outer
    # shellcheck disable=SC2059 # bytes
    KV="$(printf "$outer" | sha256sum)"
    give "${KV%% *}" "$3"
}

# hex_escaped HEX VARIABLE: as printf takes it for bytes.
hex_escaped() {
    local KV="" i
    for ((i = 0; i < ${#1}; i += 2)); do KV+="\\x${1:i:2}"; done
    give "$KV" "$2"
}
