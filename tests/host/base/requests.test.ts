import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const LIB = resolve(__dirname, "../../../sdk/host/lib");

/** What a daemon gets of these bodies, by curl itself. */
async function sent(bodies: string[]): Promise<string[]> {
    const got: string[] = [];
    const server = createServer((request, response) => {
        let text = "";
        request.on("data", (part) => (text += part));
        request.on("end", () => got.push(text) && response.end("{}"));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const script = `source "$0/common.sh"; source "$0/files.sh"; source "$0/admin.sh"; ASK_MARK=mark REQUESTS="" url="$1"; shift
        for body in "$@"; do request_add act POST "$url" "$body" "Content-Type: application/json"; done; requests_put`;
    await promisify(execFile)("bash", ["-c", script, join(LIB), url, ...bodies]);
    server.close();
    return got;
}

describe("a request to Garage", () => {
    it("has its body as it is: nothing in it is a file to send, nor a setting of curl's", async () => {
        const bodies = ["@/etc/hostname", '{"a":"\\"b\\\\"}', 'x"\nurl = "file:///etc/hostname', "a\r\nb", "%41<&>"];
        assert.deepEqual(await sent(bodies), bodies);
    });

    it("has an answer that isn't read beyond what this host has memory for, and one without an end is none", async () => {
        const script = `set -euo pipefail; cd "$0"; for lib in admin store storeActs; do source "./$lib.sh"; done; ASK_MARK=mark REQUESTS=x ANSWER_MOST=1000000
            SERIES=1 OWN_RPC="" KEYS_SAID="" SHOWN=""; act_request_old() { :; }; store_act_failed() { echo "code $1"; exit; }; exec_garage() { yes 200; }; curl() { yes 200; }
            requests_put | wc -c; ANSWERS=""; store_cli keys key list; echo "\${#ANSWERS} \${ANSWERS: -14}"; store_act allow`;
        const { stdout } = await promisify(execFile)("bash", ["-c", script, LIB], { timeout: 20_000 });
        assert.equal(stdout, "1000000\n1000014 mark keys 500\n\ncode 000\n");
    });
});
