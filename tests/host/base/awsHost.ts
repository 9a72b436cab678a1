import * as assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { FakeHost, type Run } from "./fakeHost";

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
const MOUNTS = "proc/self/mountinfo";
const ROOT_DISK = ["etc", "opt", "usr", "var", "srv"];

/** A host whose metadata and data lie on volumes of their own. */
export class AwsHost extends FakeHost {
    readonly meta = this.attach(META_ID, "nvme2n1");
    readonly data = this.attach(DATA_ID, "nvme1n1");
    machine = "i-0123";
    shape = "abc123";

    /** One that is set up and, with a release, runs it. */
    static made(release?: string): AwsHost {
        const host = new AwsHost();
        if (release) host.bringUp(release);
        else assert.equal(host.host().code, 0);
        return host;
    }

    /** A volume as it comes from AWS: blank, with udev's link. */
    attach(id: string, name: string, gib = 20): Disk {
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
            `volume metadata ${META_ID} 20`,
            `volume data ${DATA_ID} 20`,
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
