#!/usr/bin/env bash
# Everything behind `npm start`, `npm stop`, `npm run status` and `npm test`: gets the npm packages where they're missing or
# old, then hands over to main.ts.
set -euo pipefail

NODES='Node 20.19 or newer of Node 20, or Node 22.12 or newer'

need_node() {
    local version
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        printf 'toolchain: Node.js and npm are needed (%s): install them first\n' "$NODES" >&2
        exit 1
    fi
    version=$(node --version)
    if ! node_fits "$version"; then
        printf 'toolchain: this Node is %s (%s); needed is %s: install it and put it first in PATH\n' "$version" "$(command -v node)" "$NODES" >&2
        exit 1
    fi
}

# The engines of package.json; and Node 20, for this clone only: its lock file holds the last Pulumi SDK that runs there.
node_fits() {
    local major minor
    IFS=. read -r major minor _ <<<"${1#v}"
    case $major in
        20) [ "$minor" -ge 19 ] ;;
        22) [ "$minor" -ge 12 ] ;;
        *) [ "$major" -gt 22 ] ;;
    esac
}

need_packages() {
    local installed=node_modules/.package-lock.json
    # A link leads to another tree's packages: npm would empty them.
    if [ -L node_modules ]; then return; fi
    if [ -e "$installed" ] && [ ! package-lock.json -nt "$installed" ]; then return; fi
    printf 'toolchain: npm packages are missing or old: npm ci\n'
    npm ci --no-audit --no-fund </dev/null
    # npm keeps the time of an unchanged lock file: without this it would be "old" again next time.
    touch "$installed"
}

main() {
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    need_node
    need_packages
    exec node_modules/.bin/tsx toolchain/main.ts "$@"
}

main "$@"
