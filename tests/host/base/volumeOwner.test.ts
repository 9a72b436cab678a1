import * as assert from "node:assert/strict";
import { readdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import { AwsHost, DATA_ID, META_ID } from "./awsHost";
import { assertRefused, METADATA, type Run } from "./fakeHost";

const mark = (id: string, role: string, cluster = "c1", node = "paris") =>
    `volume ${id}\ncluster ${cluster}\nnode ${node}\nrole ${role}\n`;

const ledger = (cluster: string, node: string) =>
    `ledger 1\ncluster ${cluster}\nnode ${node}\nid ${"a".repeat(64)}\nmetadata ${METADATA}\nborn yes\n`;

describe("volumes that may be somebody else's", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    /** Refused before anything is written: no file system made, nothing mounted, no claim. */
    function untouched(run: Run, id: string, says?: RegExp): void {
        assertRefused(run, id, says);
        assert.deepEqual(
            host.calls().filter((call) => /^(mkfs|start|enable|useradd)/.test(call)),
            [],
        );
        assert.deepEqual(host.mounted(), []);
        assert.ok(!host.has("etc/garage-node/claim"));
    }

    const foreign: [string, string, RegExp, (host: AwsHost) => void][] = [
        [
            "a file system of somebody else",
            "volume-foreign",
            /isn't blank, and has no mark/,
            (h) => h.format(h.meta, ""),
        ],
        [
            "a signature of what is no file system",
            "volume-foreign",
            /isn't blank/,
            (h) => h.write("fake/disks/nvme2n1/signature", "LVM2\n"),
        ],
        ["bytes at its beginning that nobody knows", "volume-foreign", /isn't blank/, (h) => h.put(h.meta, 4096)],
        ["bytes at its end that nobody knows", "volume-foreign", /isn't blank/, (h) => h.put(h.meta, 2 ** 30 - 1)],
        [
            "a device that can't be read",
            "volume-foreign",
            /isn't blank/,
            (h) => truncateSync(h.path("dev/nvme2n1"), 100),
        ],
        [
            "the mark of another cluster",
            "volume-foreign",
            /that of node paris of cluster c2, not of paris of c1/,
            (h) => h.format(h.meta, mark(META_ID, "metadata", "c2")),
        ],
        [
            "the mark of another node",
            "volume-foreign",
            /that of node rome of cluster c1/,
            (h) => h.format(h.meta, mark(META_ID, "metadata", "c1", "rome")),
        ],
        [
            "the mark of the other volume's place",
            "volume-foreign",
            /is the one for data/,
            (h) => h.format(h.meta, mark(META_ID, "data")),
        ],
        [
            "the mark of another volume, as a copy of that one has",
            "volume-copied",
            /made of a snapshot/,
            (h) => h.format(h.meta, mark("vol-0ccccccc", "metadata")),
        ],
        [
            "the ledger of another node",
            "volume-foreign",
            /that of node rome of cluster c1/,
            (h) => h.format(h.meta, mark(META_ID, "metadata"), ledger("c1", "rome")),
        ],
        [
            "the ledger of another cluster",
            "volume-foreign",
            /of cluster c7/,
            (h) => h.format(h.meta, mark(META_ID, "metadata"), ledger("c7", "paris")),
        ],
        [
            "a mark of nobody",
            "record-unfit",
            /can't be meant/,
            (h) => h.format(h.meta, "volume a[$(id)]\ncluster c1\nnode paris\nrole metadata\n"),
        ],
    ];
    for (const [what, id, says, arrange] of foreign)
        it(`are refused where there is ${what}, before anything is written to it, or mounted`, () => {
            host = new AwsHost();
            arrange(host);
            untouched(host.host(), id, says);
        });

    it("are told whose they are by the mark alone where a journal isn't replayed: a file may be one of before", () => {
        host = new AwsHost();
        host.format(host.meta, mark(META_ID, "metadata"), ledger("c1", "rome"));
        host.format(host.data, mark(DATA_ID, "data"));
        host.write("fake/disks/nvme2n1/dirty", "");
        assertRefused(host.host(), "ledger-foreign");
        assert.ok(host.calls().some((call) => call.startsWith("start srv-garage")));
    });

    it("are formatted again after a formatting that was cut short, on the same machine, and nobody else's data ever", () => {
        host = new AwsHost();
        host.write("fake/mkfs-dies", "");
        assertRefused(host.host(), "volume-format");
        rmSync(host.path("fake/mkfs-dies"));
        const uuid = host.read("fake/disks/nvme2n1/uuid");
        host.write("fake/disks/nvme2n1/uuid", "somebody-elses\n");
        assertRefused(host.host(), "volume-foreign", /has no mark/);
        host.write("fake/disks/nvme2n1/uuid", uuid);
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.equal(host.read("fake/disks/nvme2n1/uuid"), uuid);
        assert.deepEqual(
            readdirSync(host.path("etc/garage-node")).filter((name) => name.startsWith("formatting")),
            [],
        );
    });

    it("are never blank where this host, or the other volume, has had a node", () => {
        host = AwsHost.made();
        const copies = [host.meta, host.data].map((disk) => `${disk.root}.kept`);
        host.renew();
        renameSync(host.meta.root, copies[0]!);
        untouched(
            host.host(),
            "volume-blank",
            /\(metadata\) is blank, and vol-0bbbbbbbbbbbbbbb2 \(data\) is that of a node/,
        );
        renameSync(copies[0]!, host.meta.root);
        renameSync(host.data.root, copies[1]!);
        untouched(
            host.host(),
            "volume-blank",
            /\(data\) is blank, and vol-0aaaaaaaaaaaaaaa1 \(metadata\) is that of a node/,
        );
        renameSync(copies[1]!, host.data.root);
        assert.equal(host.host().code, 0);
        host.reboot();
        rmSync(host.meta.root, { recursive: true });
        assertRefused(
            host.host(),
            "volume-blank",
            /is blank, and this node has had data; nothing was written, and no new key is made/,
        );
    });

    it("hide nothing: a directory that isn't empty is no place for one", () => {
        host = new AwsHost();
        host.write("var/lib/garage-backups/0.9-to-1/manifest", "manifest 1\n");
        untouched(host.host(), "volume-hides", /garage-backups is not empty \(0.9-to-1\)/);
        rmSync(host.path("var/lib/garage-backups"), { recursive: true });
        untouched(
            host.host((lines) => [...lines, "data /var/lib/garage/second"]),
            "volume-hides",
            /several data directories/,
        );
    });

    it("are those that the node has: others, none, or another machine's call, are refused", () => {
        host = AwsHost.made();
        host.attach("vol-0ccccccc", "nvme3n1");
        const other = host.host((lines) => lines.map((line) => line.replace(DATA_ID, "vol-0ccccccc")));
        assertRefused(
            other,
            "volume-differs",
            /volumes are metadata vol-0aaaaaaaaaaaaaaa1, data vol-0bbbbbbbbbbbbbbb2, and the call names metadata vol-0aaaaaaaaaaaaaaa1, data vol-0ccccccc/,
        );
        assertRefused(
            host.host((lines) => lines.filter((line) => !/^volume/.test(line))),
            "volume-differs",
            /names none/,
        );
        assertRefused(
            host.host((lines) => lines.map((line) => line.replace("i-0123", "i-0456"))),
            "machine-differs",
        );
        assertRefused(
            host.host((lines) => lines.filter((line) => !line.startsWith("volume data"))),
            "volume-differs",
        );
    });

    it("have a call that names both", () => {
        host = new AwsHost();
        untouched(
            host.host((lines) => lines.filter((line) => !line.startsWith("volume data"))),
            "sheet-incomplete",
        );
    });
});
