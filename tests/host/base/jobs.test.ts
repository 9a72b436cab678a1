import * as assert from "node:assert/strict";
import { FakeHost } from "./fakeHost";

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
});
