import * as assert from "node:assert/strict";
import {
    closeSync,
    cpSync,
    mkdirSync,
    openSync,
    readFileSync,
    rmSync,
    truncateSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { counted } from "../sheet";
import { FakeCluster, type FakeNode } from "../world/cluster";
import { FakeHost, METADATA, peerId, type Run } from "./fakeHost";

/** A disk as the fakes know it: a sparse file for the device, and a directory for what is on it. */
export interface Disk {
    /** As AWS calls it. */
    id: string;
    /** As the kernel calls it. */
    name: string;
    /** Where its file system lies, once it has one. */
    root: string;
}

export const META_ID = "vol-0aaaaaaaaaaaaaaa1";
export const DATA_ID = "vol-0bbbbbbbbbbbbbbb2";
/** Garage as tests/host/world has it, but for this node's own daemon, which is this host's systemd's. */
function clusterBinary(release: string): string {
    return `#!/bin/sh
read -r self 2>/dev/null <"$FAKE/self"
if [ "\${GARAGE_RPC_HOST%%@*}" = "$self" ]; then
    read -r state <"$FAKE/active"
    [ "$state" = active ] || { echo "Error: Unable to connect to destination RPC host" >&2; exit 1; }
fi
RELEASE=${release} exec ${resolve(__dirname, "../world/bin/garage")} "$@"
`;
}

const MOUNTS = "proc/self/mountinfo";
const ROOT_DISK = ["etc", "opt", "usr", "var", "srv"];

/** A host whose metadata and data lie on volumes of their own. */
export class AwsHost extends FakeHost {
    readonly meta = this.attach(META_ID, "nvme2n1");
    readonly data = this.attach(DATA_ID, "nvme1n1");
    machine = "i-0123";
    shape = "abc123";

    private static readonly made_ = new Map<string, AwsHost>();

    /** One that is set up and, with a release, runs it; made once, then copied. */
    static made(release = ""): AwsHost {
        let template = AwsHost.made_.get(release);
        if (!template) {
            template = new AwsHost();
            AwsHost.made_.set(release, template);
            if (release) template.bringUp(release);
            else assert.equal(template.host().code, 0);
            process.once("exit", () => template?.remove());
        }
        const host = new AwsHost();
        // A copy of a sparse file is none: it would take its whole size in memory.
        const filter = (path: string) => !/\/dev\/nvme\w+$/.test(path);
        cpSync(template.root, host.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter });
        return host;
    }

    /** Garage's answers are those of a cluster of two (tests/host/world); this node's own only while its daemon runs. */
    override bringUp(release: string): void {
        this.mirror(`garage-${release}`, clusterBinary(release));
        assert.equal(this.host().code, 0);
        this.cluster(release);
        const sv = release.startsWith("0.") ? release.slice(0, 3) : release[0];
        for (const run of [this.stage(release, [`sv=${sv}`]), this.start(`e1 ${release} x86_64:aaaabbbbcccc`)])
            assert.equal(run.code, 0, run.stderr);
        this.write(`${METADATA}/db.lmdb/data.mdb`, "data");
    }

    /** The cluster as its nodes tell it. */
    cluster(release: string, change: (cluster: FakeCluster) => void = () => {}, id = this.known): void {
        const cluster = new FakeCluster(release[0] as "2", release, ["paris", "rome"]);
        const [paris, rome] = cluster.nodes as [FakeNode, FakeNode];
        Object.assign(paris, { id, address: "paris.example:3901" });
        Object.assign(rome, { id: peerId("rome"), address: "192.0.2.3:3901" });
        cluster.layout.roles.forEach((role, i) => {
            role.id = cluster.nodes[i]!.id;
        });
        change(cluster);
        this.write("fake/self", `${id}\n`);
        cluster.write(this.path("fake/cluster"));
    }

    /** The node's id, also while its volumes are away. */
    private get known(): string {
        return readFileSync(`${this.meta.root}/meta/node_key.pub`).toString("hex");
    }

    leaveSheet(change: (lines: string[]) => string[] = (lines) => lines): string {
        return counted(change(["cluster c1", "node paris", "stack proj/dev", "replicationfactor 3"]));
    }

    leave(shape: string, change?: (lines: string[]) => string[]): Run {
        return this.job(["leave", "paris", "tool=t1", shape], this.leaveSheet(change));
    }

    backSheet(shape: string, left = "", change: (lines: string[]) => string[] = (lines) => lines): string {
        const more = [
            `shape ${shape}`,
            "replicationfactor 3",
            "release 2.5.0",
            "engine lmdb",
            ...(left ? [`left ${left}`] : []),
        ];
        return this.hostSheet((lines) =>
            change([...lines, ...this.awsLines().filter((line) => !line.startsWith("shape")), ...more]),
        );
    }

    back(shape: string, left?: string, change?: (lines: string[]) => string[]): Run {
        return this.job(["back", "paris", "tool=t1", shape], this.backSheet(shape, left, change));
    }

    /** Runs a verb in a shell of its own, with some of its functions replaced: as one that is cut short there. */
    verb(name: string, words: string[], sheet: string, fakes: string): Run {
        const load = `eval "$(sed -n '/^load_verb/,/^}/p' "$TOOL/garage-node")"; load_verb ${name}; load_verb host; load_verb roll; ${fakes}`;
        return this.lib(`${load}; load_verb() { :; }; verb_${name} ${words.join(" ")}`, sheet);
    }

    /** What was done to the daemon and the volumes, in their order. */
    acts(): string[] {
        return this.calls()
            .filter((call) => /^(start|stop|mkfs)/.test(call))
            .map((call) => call.split(" ").slice(0, 2).join(" "));
    }

    /** A volume as it comes from AWS: blank, with udev's link. */
    attach(id: string, name: string, gib = 1): Disk {
        mkdirSync(this.path(`fake/disks/${name}`), { recursive: true });
        this.write(`dev/${name}`, "");
        truncateSync(this.path(`dev/${name}`), gib * 2 ** 30);
        mkdirSync(this.path("dev/disk/by-id"), { recursive: true });
        this.link(`../../${name}`, this.byId(id));
        return { id, name, root: this.path(`fake/disks/${name}/root`) };
    }

    byId(id: string): string {
        return `dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace("-", "")}`;
    }

    /** What somebody has made of it. */
    format(disk: Disk, mark: string, ledger = ""): void {
        for (const name of ["meta", "backups", "kept", "data"]) mkdirSync(`${disk.root}/${name}`, { recursive: true });
        if (mark) writeFileSync(`${disk.root}/garage-node.volume`, mark);
        if (ledger) writeFileSync(`${disk.root}/meta/garage-node.ledger`, ledger);
    }

    /** A byte of somebody's. */
    put(disk: Disk, at: number): void {
        const file = openSync(this.path(`dev/${disk.name}`), "r+");
        writeSync(file, "x", at);
        closeSync(file);
    }

    awsLines(): string[] {
        return [
            `machine ${this.machine}`,
            `shape ${this.shape}`,
            `volume metadata ${META_ID} 1`,
            `volume data ${DATA_ID} 1`,
        ];
    }

    override host(change: (lines: string[]) => string[] = (lines) => lines): Run {
        return super.host((lines) => change([...lines, ...this.awsLines()]));
    }

    /** `<where> <root of it>` of each mount, in their order. */
    mounted(): string[] {
        if (!this.has(MOUNTS)) return [];
        const lines = this.read(MOUNTS).trim().split("\n").filter(Boolean);
        return lines.map((line) => line.split(" ")).map((words) => `${words[4]} ${words[3]}`);
    }

    /** Nothing is mounted there any more. */
    unmount(where: string): void {
        rmSync(this.path(where));
        mkdirSync(this.path(where));
        const rest = this.read(MOUNTS)
            .split("\n")
            .filter((line) => line.split(" ")[4] !== where);
        this.write(MOUNTS, rest.join("\n"));
    }

    /** The machine goes down; its disks stay. */
    reboot(): void {
        for (const where of this.mounted().reverse()) this.unmount(where.split(" ")[0]!);
        rmSync(this.path("run/garage-node/volumes"), { recursive: true, force: true });
        this.write("fake/active", "inactive\n");
    }

    /** systemd starts what is enabled. */
    boot(): void {
        const units = this.calls()
            .filter((call) => call.startsWith("enable srv-"))
            .at(-1)!
            .split(" ")
            .slice(1);
        this.bash(["-c", 'systemctl start "$@"', "_", ...units]);
    }

    /** Another machine with the same volumes: nothing of the root disk is there. */
    renew(machine = "i-0456"): void {
        this.reboot();
        for (const path of [...ROOT_DISK, "run", "proc"]) rmSync(this.path(path), { recursive: true, force: true });
        for (const path of [
            "run/systemd/system",
            "run/garage-node/jobs",
            "opt/garage-node/t1",
            "etc/systemd/system",
            "usr/bin",
            "var/lib",
        ])
            mkdirSync(this.path(path), { recursive: true });
        for (const file of ["active", "pid", "user", "calls"]) rmSync(this.path(`fake/${file}`), { force: true });
        this.machine = machine;
    }
}
