# shellcheck shell=bash
# Series and releases, in their order.

# series_of RELEASE [VARIABLE]
series_of() {
    local KV="${1#*.}"
    case "$1" in
        0.*) give "0.${KV%%.*}" "${2:-}" ;;
        *) give "${1%%.*}" "${2:-}" ;;
    esac
}

# series_next SERIES [VARIABLE]: nothing after the last one.
series_next() {
    case "$1" in
        0.7) give 0.8 "${2:-}" ;;
        0.8) give 0.9 "${2:-}" ;;
        0.9) give 1 "${2:-}" ;;
        1) give 2 "${2:-}" ;;
        *) give "" "${2:-}" ;;
    esac
}

# is_next A B: series B follows A.
is_next() {
    local after
    series_next "$1" after
    [ "$2" = "$after" ]
}

series_known() {
    case "$1" in 0.7 | 0.8 | 0.9 | 1 | 2) return 0 ;; esac
    return 1
}

# release_lower A B: A is a lower release than B (plain X.Y.Z only).
release_lower() {
    local a b i
    IFS=. read -ra a <<<"$1..."
    IFS=. read -ra b <<<"$2..."
    for i in 0 1 2; do
        a[i]="${a[i]%%[!0-9]*}" b[i]="${b[i]%%[!0-9]*}"
        if [ "${a[i]:-0}" -lt "${b[i]:-0}" ]; then return 0; fi
        if [ "${a[i]:-0}" -gt "${b[i]:-0}" ]; then return 1; fi
    done
    return 1
}
