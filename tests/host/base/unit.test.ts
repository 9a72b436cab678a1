import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DATA, FakeHost, METADATA, TOOL } from "./fakeHost";

// Doesn't prove what systemd makes of it: that a start which is tried again asks for a mount that failed was tried by hand.

describe("the unit, when something that a start needs comes late", () => {
    let host: FakeHost;
    before(() => {
        host = FakeHost.like("2.5.0");
    });
    after(() => host.remove());

    it("waits for volumes that mount, and is started without those that don't: admit sees it, and each new try mounts again", () => {
        const text = host.read("etc/systemd/system/garage.service.d/50-garage-node.conf");
        const [unit] = text.split("[Service]\n");
        for (const path of [METADATA, DATA]) {
            const below = path.split("/").slice(1);
            const all = below.map((_, at) => `${below.slice(0, at + 1).join("-")}.mount`).join(" ");
            for (const key of ["Wants", "After", "PartOf"]) assert.ok(unit!.includes(`\n${key}=${all}\n`), text);
        }
        assert.doesNotMatch(text, /RequiresMountsFor/);
    });

    it("names their mounts as systemd does", () => {
        const named = (path: string) => host.lib(`mount_units '${path}' units; echo "$units"`).stdout.trim().split(" ");
        assert.deepEqual(named("/mnt/my-disk/.a/b:c_d%"), [
            "mnt.mount",
            "mnt-my\\x2ddisk.mount",
            "mnt-my\\x2ddisk-.a.mount",
            "mnt-my\\x2ddisk-.a-b:c_d\\x25.mount",
        ]);
        assert.deepEqual(named("/.x/y"), ["\\x2ex.mount", "\\x2ex-y.mount"]);
    });

    it("is brought up to date where the daemon just runs on", () => {
        host.write("etc/systemd/system/garage.service.d/50-garage-node.conf", "RequiresMountsFor=/x\n");
        const before = host.calls().length;
        assert.equal(host.start("e1 2.5.0 x86_64:aaaabbbbcccc").code, 0);
        assert.match(host.read("etc/systemd/system/garage.service.d/50-garage-node.conf"), /^Wants=var\.mount /m);
        assert.deepEqual(
            host
                .calls()
                .slice(before)
                .filter((call) => /start|stop/.test(call)),
            [],
        );
    });

    it("is never given up by systemd, and asks for its pace before admit, which a failure of the pace doesn't keep from it", () => {
        const unit = readFileSync(join(TOOL, "garage.service"), "utf8");
        assert.match(unit, /^StartLimitIntervalSec=0$/m);
        assert.match(unit, /^Restart=on-failure$/m);
        assert.match(
            unit,
            /^ExecStartPre=-\+\/usr\/bin\/garage-node pace\nExecStartPre=\+\/usr\/bin\/garage-node admit$/m,
        );
    });

    it("is tried five times at once, then later and later, up to a minute; after ten minutes of life at once again", () => {
        const script = `
            source "$TOOL/pace.sh"
            daemon_show() { give "$RESTARTS" "$2"; }
            clock() { give "$NOW" "$1"; }
            sleep() { echo "$1"; NOW=$((NOW + $1)); }
            NOW=1000 RESTARTS=0
            verb_pace
            for RESTARTS in {1..14}; do NOW=$((NOW + 5)); verb_pace; done 2>/dev/null
            NOW=$((NOW + 700)); verb_pace; echo at once
            RESTARTS=0; verb_pace; [ -e "$RUN/pace" ] || echo forgotten
            printf 'x[$(touch /nowhere)] 3' >"$RUN/pace"; RESTARTS=1; verb_pace; cat "$RUN/pace"`;
        assert.deepEqual(host.lib(script).stdout.trim().split("\n"), [
            ...["10", "20", "30", "40", "50", "60", "60", "60", "60"],
            ...["at once", "forgotten"],
            "2160 1",
        ]);
    });
});
