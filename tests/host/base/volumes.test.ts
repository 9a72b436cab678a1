import * as assert from "node:assert/strict";
import {
    existsSync,
    lstatSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    truncateSync,
    writeFileSync,
} from "node:fs";
import { counted } from "../sheet";
import { AwsHost, DATA_ID, META_ID } from "./awsHost";
import { assertRefused } from "./fakeHost";

const mark = (id: string, role: string, cluster = "c1", node = "paris") =>
    `volume ${id}\ncluster ${cluster}\nnode ${node}\nrole ${role}\n`;

describe("volumes of a machine that the cluster made", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    it("are formatted when blank, marked, and mounted where metadata, data and backups belong", () => {
        host = new AwsHost();
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.equal(run.stdout, `${host.id()}\n`);
        assert.equal(readFileSync(`${host.meta.root}/garage-node.volume`, "utf8"), mark(META_ID, "metadata"));
        assert.equal(readFileSync(`${host.data.root}/garage-node.volume`, "utf8"), mark(DATA_ID, "data"));
        for (const path of [`${host.meta.root}/meta/node_key`, `${host.data.root}/data/garage-node.data`])
            assert.ok(lstatSync(path).isFile(), path);
        const modes = ["", "/backups", "/kept", "/meta"].map((path) => lstatSync(host.meta.root + path).mode & 0o7777);
        assert.deepEqual(modes, [0o755, 0o700, 0o700, 0o1770]);
        assert.deepEqual(host.mounted(), [
            "/srv/garage/metadata /",
            "/srv/garage/data /",
            "/var/lib/garage/meta /meta",
            "/var/lib/garage-backups /backups",
            "/var/lib/garage/data /data",
        ]);
        const claim = `machine i-0123\nshape abc123\nvolume metadata ${META_ID}\nvolume data ${DATA_ID}\n`;
        assert.ok(host.read("etc/garage-node/claim").endsWith(claim), host.read("etc/garage-node/claim"));
        assert.ok(!host.has("etc/garage-node/formatting-metadata"));
    });

    it("are mounted by units of systemd at each boot, which wait for the service that finds them, and keep no machine from booting", () => {
        host = AwsHost.made();
        const unit = (name: string) => host.read(`etc/systemd/system/${name}`);
        const units = [
            "srv-garage-metadata.mount",
            "srv-garage-data.mount",
            "var-lib-garage-meta.mount",
            "var-lib-garage\\x2dbackups.mount",
            "var-lib-garage-data.mount",
        ];
        assert.deepEqual(
            host.calls().filter((call) => /\.mount/.test(call)),
            [`enable ${units.join(" ")}`, `start ${units.join(" ")}`],
        );
        const volume = unit(units[0]!);
        for (const line of [
            "Wants=garage-node-volumes.service",
            "After=garage-node-volumes.service",
            "What=/run/garage-node/volumes/metadata",
            "Options=nodev,nosuid,noexec,noatime",
            "TimeoutSec=90",
            "WantedBy=multi-user.target",
        ])
            assert.ok(volume.includes(`\n${line}\n`) || volume.endsWith(`\n${line}\n`), line);
        assert.match(
            unit(units[2]!),
            /\nRequires=srv-garage-metadata.mount\n[\s\S]*\nWhat=\/srv\/garage\/metadata\/meta\n/,
        );
        assert.match(
            unit("garage-node-volumes.service"),
            /\nTimeoutStartSec=240\nExecStart=\/usr\/bin\/garage-node volumes\n/,
        );
    });

    it("change nothing the second time", () => {
        host = AwsHost.made();
        const before = host.calls().length;
        const run = host.host();
        assert.deepEqual([run.code, run.stdout, run.stderr], [0, `${host.id()}\n`, ""]);
        assert.deepEqual(host.calls().slice(before), []);
    });

    it("are found by their ids, whatever the kernel calls them, and by the serial number where udev made no link", () => {
        host = new AwsHost();
        rmSync(host.path(host.byId(META_ID)));
        rmSync(host.path(host.byId(DATA_ID)));
        const find = `volume_find ${META_ID} found && echo "\${found#"$ROOT"}"`;
        assert.equal(host.lib(find).code, 1);
        host.write("sys/block/nvme1n1/device/serial", "vol0bbbbbbbbbbbbbbb2  \n");
        host.write("sys/block/nvme2n1/device/serial", "vol0aaaaaaaaaaaaaaa1\n");
        host.write("sys/block/loop0/size", "0\n");
        assert.equal(host.lib(find).stdout, "/dev/nvme2n1\n");
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.ok(existsSync(`${host.meta.root}/meta/node_key`));
    });

    const time =
        'NOW=0; ARRIVES=; clock() { give $NOW "$1"; }; nap() { NOW=$((NOW + 20)); echo nap >&2; eval "$ARRIVES"; };';
    const wait = `volumes_named $'metadata ${META_ID}\\ndata ${DATA_ID}'; volumes_wait; echo found`;

    it("are waited for while they are being attached, and refused by name when they don't come", () => {
        host = new AwsHost();
        const link = host.path(host.byId(DATA_ID));
        renameSync(link, `${link}.late`);
        const late = host.lib(`${time} ARRIVES='[ $NOW -lt 100 ] || mv ${link}.late ${link}'; ${wait}`);
        assert.deepEqual([late.stdout, late.stderr.match(/^nap$/gm)?.length], ["found\n", 5]);
        rmSync(link);
        const never = host.lib(`${time} ${wait}`);
        assertRefused(
            never,
            "volume-missing",
            /the volume vol-0bbbbbbbbbbbbbbb2 \(data\) isn't there after 180 s; nothing was touched/,
        );
    });

    it("take their file systems along when they grow, once the machine shows it", () => {
        host = AwsHost.made();
        const grown = (lines: string[]) => lines.map((line) => line.replace(`${DATA_ID} 1`, `${DATA_ID} 2`));
        const late = host.lib(`${time} volumes_named $'data ${DATA_ID} 2'; volumes_there; volume_grow data`);
        assertRefused(late, "volume-size", /is to have 2 GiB, and shows 1 after 120 s/);
        truncateSync(host.path("dev/nvme1n1"), 2 * 2 ** 30);
        const run = host.host(grown);
        assert.deepEqual(
            [run.code, run.stderr],
            [0, `paris: the file system on the volume ${DATA_ID} (data) has grown with it\n`],
        );
        assert.equal(host.read("fake/disks/nvme1n1/blocks"), `${(2 * 2 ** 30) / 4096}\n`);
        assert.equal(host.host(grown).stderr, "");
        host.write("fake/resize-fails", "");
        assertRefused(host.host(grown), "volume-size", /it is as it was/);
    });

    it("are said by name where they can't be mounted", () => {
        host = new AwsHost();
        host.write("fake/mount-fails", "");
        assertRefused(
            host.host(),
            "volume-mount",
            /\/srv\/garage\/metadata could not be mounted; see journalctl -u srv-garage-metadata.mount/,
        );
        rmSync(host.path("fake/mount-fails"));
        assert.equal(host.host().code, 0);
    });

    it("come back by themselves after a reboot, but for one that became somebody else's meanwhile", () => {
        host = AwsHost.made("2.5.0");
        host.reboot();
        assertRefused(
            host.node(["admit"]),
            "admit-volume",
            /no volume is mounted in \/srv\/garage\/metadata; run pulumi up/,
        );
        host.boot();
        assert.equal(host.node(["admit"]).code, 0);
        host.reboot();
        writeFileSync(`${host.data.root}/garage-node.volume`, mark(DATA_ID, "data", "c1", "rome"));
        assertRefused(host.node(["volumes"]), "volume-foreign", /was not written to/);
        host.boot();
        assert.deepEqual(
            host.mounted().filter((each) => /data/.test(each)),
            [],
        );
        assertRefused(host.node(["admit"]), "admit-volume");
    });

    it("are looked for at a boot by name, and nothing is linked that isn't theirs", () => {
        host = AwsHost.made();
        host.reboot();
        assert.equal(host.node(["volumes"]).code, 0);
        assert.deepEqual(
            readdirSync(host.path("run/garage-node/volumes")).filter((name) => !name.includes(".")),
            ["data", "metadata"],
        );
        rmSync(host.meta.root, { recursive: true });
        assertRefused(host.node(["volumes"]), "volume-blank", /nothing was mounted/);
        assert.deepEqual(
            readdirSync(host.path("run/garage-node/volumes")).filter((name) => !name.includes(".")),
            [],
        );
        const bare = new AwsHost();
        assert.equal(bare.node(["volumes"]).code, 0);
        bare.remove();
    });

    const wrong: [string, RegExp, (host: AwsHost) => void][] = [
        [
            "the metadata directory isn't the volume's",
            /meta isn't the directory meta of the volume/,
            (h) => h.unmount("/var/lib/garage/meta"),
        ],
        [
            "the data directory isn't the volume's",
            /data isn't the directory data of the volume/,
            (h) => h.unmount("/var/lib/garage/data"),
        ],
        [
            "the backups aren't on the volume",
            /backups isn't the directory/,
            (h) => h.unmount("/var/lib/garage-backups"),
        ],
        [
            "the volume's mark is gone",
            /is that of cluster \(no mark\)/,
            (h) => rmSync(`${h.data.root}/garage-node.volume`),
        ],
        [
            "another volume of the node is there",
            /is the volume vol-0ccccccc, and this host has/,
            (h) => writeFileSync(`${h.data.root}/garage-node.volume`, mark("vol-0ccccccc", "data")),
        ],
        [
            "another node's volume is there",
            /is that of node rome, this host is of paris/,
            (h) => writeFileSync(`${h.data.root}/garage-node.volume`, mark(DATA_ID, "data", "c1", "rome")),
        ],
    ];
    for (const [what, says, arrange] of wrong)
        it(`let no daemon start where ${what}`, () => {
            host = AwsHost.made("2.5.0");
            arrange(host);
            assertRefused(host.node(["admit"]), "admit-volume", says);
        });

    it("are let go by uninstall, which leaves every byte on them, and taken up by a new machine", () => {
        host = AwsHost.made("2.5.0");
        const id = host.id();
        const run = host.node(["uninstall", "paris"], counted(["cluster c1", "node paris"]));
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stderr, /They lie on the volumes metadata vol-0aaaaaaaaaaaaaaa1 data vol-0bbbbbbbbbbbbbbb2\n/);
        assert.deepEqual(host.mounted(), []);
        assert.deepEqual(readdirSync(host.path("etc/systemd/system")), []);
        assert.ok(existsSync(`${host.meta.root}/meta/db.lmdb/data.mdb`));
        host.renew();
        assert.equal(host.host().stdout, `${id}\n`);
    });

    it("are left where they are by an uninstall while somebody else uses them, which is said", () => {
        host = AwsHost.made();
        host.write("fake/busy", "");
        const run = host.node(["uninstall", "paris"], counted(["cluster c1", "node paris"]));
        assert.equal(run.code, 0);
        assert.match(run.stderr, /note: the volume in \/srv\/garage\/metadata is still in use \(lsof/);
    });
});
