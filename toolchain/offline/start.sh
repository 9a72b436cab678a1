#!/bin/sh
# start.sh NAME ARGS...: runs toolchain/offline/NAME.ts as one bundled file, which starts three times as fast as its
# sources do. The bundle lies in the user's cache folder and is made anew when a source is newer.
set -eu

main() {
    name=$1
    shift
    root=$(cd "$(dirname "$0")/../.." && pwd)
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/pulumi-garage-cluster/stand-ins
    bundle=$cache/$name-$(printf %s "$root" | cksum | cut -d ' ' -f 1).js
    if is_stale "$bundle" "$root"; then
        mkdir -p "$cache"
        make_bundle "$root" "$name" "$bundle.$$"
        mv "$bundle.$$" "$bundle"
    fi
    exec node "$bundle" "$@"
}

is_stale() {
    [ ! -f "$1" ] || [ -n "$(find "$2/toolchain/offline" "$2/package-lock.json" -newer "$1" -print -quit)" ]
}

make_bundle() {
    "$1/node_modules/.bin/esbuild" "$1/toolchain/offline/$2.ts" --bundle --platform=node --target=node20 \
        --external:cpu-features '--external:*.node' --log-level=warning --outfile="$3" >&2
}

main "$@"
