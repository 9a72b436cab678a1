import * as assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { AwsHost } from "./awsHost";
import { assertRefused } from "./fakeHost";

const RELEASE = "2.5.0";

describe("back, when it didn't get through the first time", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    /** A node that has left its machine; answers what `leave` did. */
    function gone(): string {
        host = AwsHost.made(RELEASE);
        const run = host.leave("bbb222");
        assert.equal(run.code, 0, run.stderr);
        return run.stdout.trim();
    }

    for (const [what, point] of [
        ["while it was set up", "setup_secrets() { exit 9; }"],
        ["before the generation was laid ready", "kept_lay() { exit 9; }"],
        ["before it was started", "daemon_start() { exit 9; }"],
        ["before it was proven", "gate_after() { exit 9; }"],
    ] as const)
        it(`goes on when it was cut short ${what}`, () => {
            const said = gone();
            host.renew();
            const cut = host.verb("back", ["paris", "tool=t1", "bbb222"], host.backSheet("bbb222", said), point);
            assert.notEqual(cut.code, 0);
            const run = host.back("bbb222", said);
            assert.equal(run.stdout, `${host.id()}\n`, run.stderr);
            assert.match(run.stderr, /is back · seen by 2 of 2/);
        });

    const unproven: [string, RegExp, (host: AwsHost) => void][] = [
        [
            "another node doesn't see it",
            /rome sees 1 of 2/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.dead = [["rome", "paris"]];
                }),
        ],
        [
            "it holds less than before",
            /table object has 1 entries, it had 5/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.node("paris").tables.object = { items: 1 };
                }),
        ],
        ["S3 doesn't answer", /S3 doesn't answer/, (h) => h.write("fake/deaf", "")],
        ["systemd can't start it", /systemd could not start it/, (h) => h.write("fake/crashes", "")],
    ];
    for (const [what, says, arrange] of unproven)
        it(`says so where ${what}, and goes on when that is mended`, () => {
            host = AwsHost.made(RELEASE);
            host.write("opt/garage/options", "healthTimeoutSeconds 1\n");
            const said = host.leave("bbb222").stdout.trim();
            const id = readFileSync(`${host.meta.root}/meta/node_key.pub`).toString("hex");
            host.renew();
            arrange(host);
            const run = host.back("bbb222", said);
            assertRefused(run, "back-unproven", says);
            for (const file of ["deaf", "crashes"]) rmSync(host.path(`fake/${file}`), { force: true });
            host.cluster(RELEASE);
            assert.equal(host.back("bbb222", said).stdout, `${id}\n`);
        });
});
