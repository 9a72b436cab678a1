import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lib = join(__dirname, "..", "..", "..", "sdk", "host", "lib");

describe("questions to a large cluster", () => {
    let dir: string;
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "garage-asked-"));
    });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    /** Asks `count` questions that take a moment; one ends its process, one answers nothing. */
    function askAll(count: number): { most: number; answers: Record<string, string> } {
        const script = `
set -euo pipefail
. '${lib}/lanes.sh'; . '${lib}/ask.sh'
ASKED='${dir}/answers'; mkdir "$ASKED"
QUESTIONS=()
for ((n = 0; n < ${count}; n++)); do QUESTIONS+=("node$n.status id@address"$'\\n'"status"); done
ask_into() {
    echo + >>'${dir}/log'
    read -rt 0.05 <> <(:) || true
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
        assert.ok(most <= 24 && most > 4, `${most} at once`);
        assert.equal(Object.keys(answers).length, 90);
        for (const [file, text] of Object.entries(answers))
            assert.equal(text, /^node[35]\./.test(file) ? "" : `${file}:id@address\nstatus\n`);
    });

    it("of three nodes are asked alike, and none is no question", () => {
        assert.equal(Object.keys(askAll(15).answers).length, 15);
        rmSync(join(dir, "answers"), { recursive: true });
        assert.deepEqual(askAll(0).answers, {});
    });
});
