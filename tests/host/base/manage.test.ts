import * as assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { assertRefused, FakeHost, TOOL } from "./fakeHost";

describe("garage-manage", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    const manage = (line: string) => host.bash([join(TOOL, "garage-manage"), ...line.split(" ")]);

    it("refuses a repair of blocks in a major upgrade until the metadata are proven, and nothing else", () => {
        host = FakeHost.like("2.5.0");
        host.write("opt/garage/current/garage", '#!/bin/sh\nshift 2\necho "$*"\n');
        chmodSync(host.path("opt/garage/current/garage"), 0o755);
        for (const state of ["hopstate=open migrating=start", "hopstate=open +passed=migrate"]) {
            host.lib(`ledger_update hop=1-to-2 passed= ${state}`);
            for (const line of ["repair --all-nodes --yes blocks", "repair blocks --yes"])
                assertRefused(manage(line), "manage-repair", /deletes every block/);
            assert.equal(manage("repair --all-nodes --yes tables").stdout, "repair --all-nodes --yes tables\n");
        }
        for (const state of ["+passed=verify", "hopstate=finished passed="]) {
            host.lib(`ledger_update ${state}`);
            assert.equal(manage("repair --yes blocks").stdout, "repair --yes blocks\n");
        }
    });

    it("starts no daemon, and lets no offline tool at a node that runs or is held", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(manage("server"), "manage-server", /systemctl start garage/);
        for (const tool of ["offline-repair --yes object_counters", "convert-db -a sled"])
            assertRefused(manage(tool), "manage-offline", /garage runs/);
        host.write("fake/active", "inactive");
        host.lib("ledger_update 'held=hop 1-to-2'");
        assertRefused(manage("convert-db -a sled"), "manage-offline", /held: hop 1-to-2/);
    });

    describe("at a terminal", () => {
        /** A line of shell at a terminal of its own, at which `keys` are typed. */
        const atTerminal = (line: string, keys = "true") => {
            const words = `(${keys}) | script -qec '${line}' /dev/null`;
            return host.bash(["-c", words]);
        };
        const garage = (does: string) => {
            host = FakeHost.like("2.5.0");
            host.write("opt/garage/current/garage", `#!/bin/sh\n${does}\n`);
            chmodSync(host.path("opt/garage/current/garage"), 0o755);
        };
        const tool = `bash ${join(TOOL, "garage-manage")}`;
        const terminal = "if (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi";

        it("Garage's own CLI has none that it could type at; its input, its words and its exit code are as ever", () => {
            garage(`${terminal}\n[ "$3" != copy ] || cat\nexit 7`);
            const plain = atTerminal(`${terminal}; ${tool} status`);
            assert.deepEqual([plain.stdout, plain.code], ["terminal\r\nnone\r\n", 7]);
            const piped = atTerminal(`echo words | ${tool} copy | cat`);
            assert.equal(piped.stdout, "none\r\nwords\r\n");
        });

        it("Ctrl-C ends it", () => {
            garage('echo $$ >"$FAKE/started"\nexec sleep 30');
            const keys =
                'until [ -s "$FAKE/started" ]; do sleep 0.05; done; printf "\\003"; tail -f /dev/null --pid="$(cat "$FAKE/started")"';
            const ran = atTerminal(`${tool} worker list`, `timeout 20 bash -c '${keys}'`);
            assert.equal(ran.code, 130, ran.stdout);
            assert.throws(() => process.kill(Number(host.read("fake/started")), 0));
        });

        it("nor has what status and report ask it", () => {
            garage(`${terminal} >>"$FAKE/terminals"\nexit 1`);
            atTerminal(`bash ${join(TOOL, "garage-node")} status`);
            assert.match(host.read("fake/terminals"), /^(none\n)+$/);
        });
    });

    it("is for nodes that are set up", () => {
        host = FakeHost.like();
        assertRefused(manage("status"), "not-set-up", /no Garage is set up/);
    });
});
