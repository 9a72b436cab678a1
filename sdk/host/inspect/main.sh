# shellcheck shell=bash
# Head of what `pulumi-garage-cluster inspect` sends to `bash -s` on a host: parts of lib/, the files of this folder, facts() and programs as
# here-documents, and `inspect_main VERB MARK` as the last line, so that a script that was cut short runs nothing. It installs nothing and
# changes nothing; what it notes lies in /run, and goes with it. The answer is one line behind MARK: a login shell may print before it.

inspect_main() {
    local verb="$1"
    MARK="$2"
    set -uo pipefail
    set_paths
    # shellcheck disable=SC2034  # ID is ask.sh's
    ASKED="" MARK_ANSWER="" SERIES="" ID="" LIMIT=20
    [ "$EUID" = 0 ] || [ -n "$ROOT" ] || inspect_lacks root
    command -v jq >/dev/null || inspect_lacks "jq $(jq_install)"
    WORK="$(mktemp -d "$ROOT/run/garage-inspect.XXXXXX")" || inspect_lacks "space in /run"
    # shellcheck disable=SC2064  # the path of now
    trap "rm -rf '$WORK'" EXIT
    case "$verb" in
        look) inspect_answer "$(look_facts | inspect_jq look)" ;;
        ask) inspect_answer "$(ask_node)" ;;
        secrets) inspect_answer "$(secrets_all)" ;;
    esac
}

inspect_answer() {
    [ -n "$1" ] || inspect_lacks "an answer"
    printf '\n%s %s\n' "$MARK" "$1"
}

inspect_lacks() {
    printf '\n%s lacks %s\n' "$MARK" "$1"
    exit 0
}

# The line that would install it.
jq_install() {
    local manager
    for manager in "apt-get:apt-get install -y jq" "dnf:dnf install -y jq" "yum:yum install -y jq" "zypper:zypper install -y jq" \
        "apk:apk add jq" "pacman:pacman -S jq" "nix-env:nix-env -iA nixos.jq"; do
        if command -v "${manager%%:*}" >/dev/null; then printf '%s' "${manager#*:}" && return; fi
    done
}

# secrets_all: what --set-config asks for, and nothing else ever.
secrets_all() {
    local name
    same_process || return 0
    secrets_find
    for name in rpc_secret admin_token metrics_token; do secret_of "$name" | fact "$name"; done | jq -nRc "$(secret_program)"' facts | map_values(select(. != ""))'
}

# inspect_jq EXPRESSION FILE…: over stdin where there is no FILE.
inspect_jq() {
    local expression="$1" program
    shift
    program="$(documents_program)"
    jq -nRc --arg series "$SERIES" --arg asked "$ASKED" --arg mark "$MARK_ANSWER" --arg limit "$LIMIT" "$program $expression" "$@"
}
