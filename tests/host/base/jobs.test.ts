import * as assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { assertRefused, FakeHost } from "./fakeHost";

describe("a verb's job", () => {
    it("ends though something that it started stays, and that holds neither its log nor the host's lock", function () {
        this.timeout(60_000);
        const host = FakeHost.like();
        host.write("fake/leaves", "");
        try {
            const run = host.node(["stage", "2.5.0-aa", "sv=2"], host.stageSheet("2.5.0"));
            assert.equal(run.code, 0, run.stderr);
            assert.match(run.stdout, /^garage-node answers [0-9a-f]{8} 2\.5\.0 /m);
            assert.match(run.stderr, /staged Garage 2\.5\.0/);
            assert.doesNotThrow(() => process.kill(Number(host.read("fake/left")), 0), "it is there no more");
            const free = host.bash(["-c", 'flock -n "$GARAGE_NODE_ROOT/run/garage-node/lock" echo free']);
            assert.equal(free.stdout, "free\n");
        } finally {
            process.kill(Number(host.read("fake/left")));
            host.remove();
        }
    });

    it("shows nothing that a terminal would obey, whatever Garage or another program has said", () => {
        const host = FakeHost.like("2.5.0");
        const said = "a\tb \u001b]0;title\u0007\u009b2Jé ü\u007f";
        const log = host.lib(`printf '%s\\n%s' '${said}' '${said}' >"$RUN/log"; exec 7<"$RUN/log"; jobs_print_new`);
        assert.equal(log.stderr, "a\tb ]0;title2Jé ü\na\tb ]0;title2Jé ü");
        host.write("opt/garage/current/garage", `#!/bin/sh\necho '${said}' >&2\nexit 1\n`);
        chmodSync(host.path("opt/garage/current/garage"), 0o755);
        assert.equal(host.lib("garage_at x status").stderr, "a\tb ]0;title2Jé ü\n");
        host.remove();
    });

    for (const verb of ["bucket", "bucket-delete", "key", "key-delete"])
        it(`${verb} ends no older call that only waits: it waits too, or is refused where that is a major upgrade's`, () => {
            const host = FakeHost.like("2.5.0");
            const asks = `exec 9>>"$RUN/lock"; (exec 8>>"$RUN/lock" 9>&-; flock 8; exec sleep 20) & older=$!; trap 'kill $older' EXIT
                while flock -n 9; do flock -u 9; nap 0.02; done
                echo garage-node-drain.abc >"$RUN/lock.waits"; echo "$older" >"$FAKE/waits"
                jobs_lock_free ${verb} photos digest || echo waits`;
            assert.equal(host.lib(asks).stdout, "waits\n");
            host.lib("ledger_update hop=1-to-2 hopstate=open");
            assertRefused(host.lib(asks), "hop-open", /buckets and keys come after it, none was touched/);
            assert.ok(!host.calls().includes("stop garage-node-drain.abc.service"));
            host.remove();
        });
});
