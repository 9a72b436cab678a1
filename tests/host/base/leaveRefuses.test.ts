import * as assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { AwsHost } from "./awsHost";
import { assertRefused } from "./fakeHost";

const RELEASE = "2.5.0";
const GENERATION = `${RELEASE}-aa`;

describe("leave, where it may not", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    /** Refused, and nothing stopped, unmounted or written down. */
    function untouched(arrange: (host: AwsHost) => void, id: string, says: RegExp): void {
        host = AwsHost.made(RELEASE);
        arrange(host);
        const seen = () => [
            host.acts(),
            host.mounted(),
            readFileSync(`${host.meta.root}/meta/garage-node.ledger`, "utf8"),
        ];
        const before = seen();
        assertRefused(host.leave("bbb222"), id, says);
        assert.deepEqual(seen(), before);
        assert.ok(!host.has("etc/garage-node/left"));
    }

    // One look: before a second one, who doesn't see another is told to connect.
    const once = "healthTimeoutSeconds 0\n";
    const refusals: [string, string, RegExp, (host: AwsHost) => void][] = [
        [
            "a major upgrade is open",
            "hop-open",
            /1-to-2 is open.*set the machine back/,
            (h) => h.lib("ledger_update hop=1-to-2 hopstate=open attempt=1"),
        ],
        ["the node is held", "held", /held: by somebody/, (h) => h.lib("ledger_update 'held=by somebody'")],
        [
            "the layout is being changed",
            "layout-unsettled",
            /until the layout is done/,
            (h) => h.lib("ledger_update 'moving=2 abc 0.9'"),
        ],
        [
            "changes of the layout are staged",
            "layout-staged",
            /nothing was touched/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.layout.parameters = true;
                }),
        ],
        [
            "another node is down",
            "peers-unhealthy",
            /rome doesn't answer/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.node("rome").up = false;
                }),
        ],
        [
            "another node doesn't see all",
            "peers-unhealthy",
            /rome sees 1 of 2/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.unseen = [["rome", "paris"]];
                    c.node("rome").name = "rome";
                }),
        ],
        [
            "not all copies are there",
            "partitions",
            /256/,
            (h) =>
                h.cluster(RELEASE, (c) => {
                    c.partitions.ok = 200;
                }),
        ],
        [
            "nobody knows the others",
            "peers-unknown",
            /stage writes it down/,
            (h) => rmSync(`${h.meta.root}/kept/peers`),
        ],
        [
            "the copy doesn't read back",
            "kept-unwritable",
            /does not read back/,
            (h) => writeFileSync(`${h.meta.root}/kept/${GENERATION}/garage`, "x"),
        ],
        ["a volume isn't mounted", "identity", /mount the metadata volume/, (h) => h.unmount("/var/lib/garage/meta")],
        [
            "the data directory isn't the volume's",
            "volume-mount",
            /isn't the directory data of the volume/,
            (h) => h.unmount("/var/lib/garage/data"),
        ],
        [
            "the host isn't a machine that the cluster made",
            "machine-differs",
            /isn't a machine that the cluster made/,
            (h) => h.lib("sed -i /^machine/d $ETC/claim"),
        ],
    ];
    for (const [what, id, says, arrange] of refusals)
        it(`touches nothing where ${what}`, () => {
            untouched(
                (each) => {
                    each.write("opt/garage/options", once);
                    arrange(each);
                },
                id,
                says,
            );
        });

    it("touches nothing where the volume takes no copy", () => {
        host = AwsHost.made(RELEASE);
        rmSync(`${host.meta.root}/kept/${GENERATION}`, { recursive: true });
        const acts = host.acts();
        const full = host.verb("leave", ["paris", "tool=t1", "bbb222"], host.leaveSheet(), "cp() { return 1; }");
        assertRefused(full, "kept-unwritable", /nothing was stopped: is the metadata volume full/);
        assert.deepEqual(host.acts(), acts);
        assert.ok(!readFileSync(`${host.meta.root}/meta/garage-node.ledger`, "utf8").includes("left"));
    });

    it("touches nothing where the call is for another node or cluster", () => {
        host = AwsHost.made(RELEASE);
        const acts = host.acts();
        const other = (lines: string[]) => lines.map((line) => line.replace("cluster c1", "cluster c2"));
        assertRefused(host.leave("bbb222", other), "claim-foreign", /nothing was touched/);
        const rome = host.job(["leave", "rome", "tool=t1", "bbb222"], host.leaveSheet());
        assertRefused(rome, "claim-foreign", /nothing was touched/);
        assert.deepEqual(host.acts(), acts);
    });
});
