#!/usr/bin/env bash
# Makes an SSH key pair and prints it: the public line first, then the private key. Leaves nothing behind.
set -euo pipefail

main() {
    local dir
    dir=$(mktemp -d)
    # shellcheck disable=SC2064 # the path of now
    trap "rm -rf '$dir'" EXIT
    ssh-keygen -q -t ed25519 -N '' -C pulumi-garage-cluster -f "$dir/key"
    cat "$dir/key.pub" "$dir/key"
}

main "$@"
