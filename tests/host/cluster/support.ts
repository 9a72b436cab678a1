import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemPath } from "../machine";

const HOST = resolve(__dirname, "../../../sdk/host");
const FIXTURES = join(__dirname, "fixtures");

export interface Ran {
    code: number;
    stdout: string;
    stderr: string;
}

/** Ids of the three nodes n1, n2, n3 of the clusters that the fixtures were captured from. */
export function idsOf(release: string): string[] {
    return readFileSync(join(FIXTURES, release, "ids"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split("@")[0]!);
}

/** Runs bash with all of the tool's libraries; a fake that is called as nobody foresaw ends the test. */
export function bash(script: string, env: Record<string, string> = {}): Ran {
    const all = `set -euo pipefail
for file in ${HOST}/lib/*.sh; do source "$file"; done
set_paths
${script}`;
    const ran = spawnSync("bash", ["--norc", "-c", all], {
        encoding: "utf8",
        env: { PATH: systemPath, LC_ALL: "C", ...env },
        input: "",
    });
    const unknown = /^unknown call: .*$/m.exec(ran.stderr);
    assert.equal(unknown, null, `${unknown?.[0]}\n${ran.stderr}`);
    return { code: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
}

/** Garage as it was captured: `suffix` prefers files of that ending ("-failed", "-staged"), where there are any. */
export function captured(release: string, suffix = ""): string {
    return `
FIX=${join(FIXTURES, release)}
current_info() {
    case $1 in
        series) KV=$(series_of ${release}) ;;
        adminport) KV=3903 ;;
        adminbind) KV='[::]' ;;
        *) echo "unknown call: current_info $1" >&2 ;;
    esac
}
replay() {
    local file="$FIX/$1${suffix}" text
    [ -f "$file" ] || file="$FIX/$1"
    [ -f "$file" ] || { echo "unknown call: $1" >&2; return 97; }
    IFS= read -rd '' text <"$file" || true
    printf '%s' "$text"
}
garage_cli() { local call="$*"; call="\${call// --/-}"; call="\${call// -/-}"; replay "\${call// /-}"; }
garage_at() { shift; garage_cli "$@"; }
curl() {
    local config url="\${!#}"
    IFS= read -rd '' config || true
    case $'\n'"$config" in *$'\nheader = "Authorization: Bearer the-token"\n'*) ;; *) echo "unknown call: curl without the token" >&2 ;; esac
    case "$*" in *the-token*) echo "unknown call: the token is in argv" >&2 ;; esac
    url="\${url#http://127.0.0.1:3903/}"
    case "$url" in *:*) echo "unknown call: curl $url" >&2 ;; *) replay "\${url//\\//-}" ;; esac
}
ledger_get() { case $1 in node) give n1 "\${2:-}" ;; id) give "$(sed -n '1s/@.*//p' "$FIX/ids")" "\${2:-}" ;; *) give "" "\${2:-}" ;; esac; }
mapfile -t SHEET_LINES < <(awk -F@ '{ print "peer n" NR, $1, $2, "storage", ENVIRON["PART" NR] == "" ? "in" : "without" }' "$FIX/ids")
SECRETS=$(mktemp -d); trap 'rm -rf "$SECRETS"' EXIT; printf the-token >"$SECRETS/admin_token"
`;
}

/** Several scripts in one shell, for speed: what each printed, by name. */
export function sections<Name extends string>(
    before: string,
    scripts: Record<Name, string>,
    env = {},
): Record<Name, string[]> {
    const script = Object.entries(scripts).map(([name, text]) => `echo "=== ${name}"\n{ ${text}\n}`);
    const ran = bash(`${before}\n${script.join("\n")}`, env);
    assert.equal(ran.code, 0, ran.stderr);
    const found: Record<string, string[]> = {};
    for (const part of ran.stdout.split(/^=== /m).slice(1)) {
        const [name, ...lines] = part.split("\n");
        found[name!] = lines.filter((line) => line !== "");
    }
    return found as Record<Name, string[]>;
}
