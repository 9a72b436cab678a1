import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lib = join(__dirname, "..", "..", "..", "sdk", "host", "lib");

describe("questions to a large cluster", () => {
    let dir: string;
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "garage-asked-"));
    });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    /** Asks `count` questions, which wait for as many others as may be asked beside them; one ends its process, one answers nothing. */
    function askAll(count: number): { most: number; answers: Record<string, string> } {
        const script = `
set -euo pipefail
. '${lib}/lanes.sh'; . '${lib}/ask.sh'
ASKED='${dir}/answers'; mkdir "$ASKED"
QUESTIONS=()
for ((n = 0; n < ${count}; n++)); do QUESTIONS+=("node$n.status id@address"$'\\n'"status"); done
ask_into() {
    echo + >>'${dir}/log'
    until [ "$(grep -c + '${dir}/log')" -ge ${Math.min(count, 24)} ]; do sleep 0.01; done
    echo - >>'${dir}/log'
    case "$1" in node3.*) exit 7 ;; node5.*) return 1 ;; esac
    printf '%s\\n' "$1:$2"
}
ask_all`;
        execFileSync("bash", ["-c", script], { stdio: ["ignore", "ignore", "inherit"] });
        let [now, most] = [0, 0];
        for (const line of readFileSync(join(dir, "log"), "utf8").trim().split("\n")) {
            now += line === "+" ? 1 : -1;
            most = Math.max(most, now);
        }
        const files = readdirSync(join(dir, "answers"));
        const answer = (file: string) => readFileSync(join(dir, "answers", file), "utf8");
        return { most, answers: Object.fromEntries(files.map((file) => [file, answer(file)])) };
    }

    it("are asked by a number of processes that a small host can bear, each once, whatever becomes of the others", () => {
        const { most, answers } = askAll(90);
        assert.equal(most, 24);
        assert.equal(Object.keys(answers).length, 90);
        for (const [file, text] of Object.entries(answers))
            assert.equal(text, /^node[35]\./.test(file) ? "" : `${file}:id@address\nstatus\n`);
    });

    it("of three nodes all come at once, and none is no question", () => {
        const { most, answers } = askAll(15);
        assert.deepEqual([most, Object.keys(answers).length], [15, 15]);
        rmSync(join(dir, "answers"), { recursive: true });
        assert.deepEqual(askAll(0).answers, {});
    });

    it("fill /run with no answer: only lists of blocks, buckets and keys may be long", () => {
        const script = `
. '${lib}/lanes.sh'; . '${lib}/ask.sh'
ASKED='${dir}' ASK_MARK=mark
exec_garage() { head -c 100000000 /dev/zero; }
QUESTIONS=()
for each in status errors buckets; do QUESTIONS+=("rome.$each id@address"$'\\n'"$each"); done
ask_all`;
        execFileSync("bash", ["-c", script]);
        const mib = (name: string) => statSync(join(dir, `rome.${name}`)).size / 2 ** 20;
        assert.deepEqual(["status", "errors", "buckets"].map(mib), [4, 16, 64]);
    });
});
