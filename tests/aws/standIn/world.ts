import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

export interface Subnet {
    availabilityZone: string;
    vpcId: string;
    cidr: string;
}

export interface Image {
    name: string;
    owner: string;
    architecture: string;
    creationDate: string;
    rootDeviceName: string;
}

export interface InstanceType {
    architectures: string[];
    hypervisor: "nitro" | "xen";
}

export interface Instance {
    state: "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";
    ami: string;
    type: string;
    eni: string;
    availabilityZone: string;
    rootVolume: string;
    userData: string;
    tags: Record<string, string>;
    terminatedAt?: number;
}

export interface Volume {
    availabilityZone: string;
    size: number;
    type: string;
    encrypted: boolean;
    iops: number;
    throughput: number;
    attachedTo?: { instance: string; device: string };
    modifiedAt: number[];
    tags: Record<string, string>;
}

export interface Eni {
    subnet: string;
    privateIp: string;
    groups: string[];
    /** Of a balancer's own. */
    description?: string;
}

export interface Eip {
    publicIp: string;
    eni?: string;
}

export interface Group {
    name: string;
    vpc: string;
}

export interface Rule {
    direction: "ingress" | "egress";
    group: string;
    protocol: string;
    from?: number;
    to?: number;
    source: string;
}

export interface Balancer {
    name: string;
    groups: string[];
    subnets: string[];
}

export interface TargetGroup {
    name: string;
    healthCheck: Record<string, unknown>;
    targets: { id: string; port: number }[];
}

export interface Listener {
    balancer: string;
    port: number;
    targetGroup: string;
}

/** Makes an operation fail, or wait, once: before AWS did anything, or when it has done all and nobody has heard of it. */
export interface Switch {
    operation: "create" | "update" | "delete";
    /** The last word of the type, as `Instance`. */
    type: string;
    /** A part of the resource's name. */
    name?: string;
    when: "before" | "after";
    /** The words of the failure; without them the operation waits until the switch is gone. */
    fails?: string;
}

/** Where instances are containers, and volumes are files behind loop devices. */
export interface Machines {
    /** The container engine's command. */
    engine: string[];
    /** The network that all subnets lie in; also the label of all that is made. */
    network: string;
    image: string;
    /** For the volumes' files and for what each instance is told. */
    dir: string;
    /** A folder that instances see as /srv/garage-mirror. */
    mirror: string;
    /** The highest number of open files that containers may have here. */
    files: number;
}

export interface World {
    region: string;
    /** Without it an instance is a record only. */
    machines?: Machines;
    /** How long AWS takes before an attached volume is there, in milliseconds. */
    attachMs: number;
    subnets: Record<string, Subnet>;
    images: Record<string, Image>;
    types: Record<string, InstanceType>;
    /** Types that can't be had just now. */
    noCapacity: string[];
    instances: Record<string, Instance>;
    volumes: Record<string, Volume>;
    enis: Record<string, Eni>;
    eips: Record<string, Eip>;
    groups: Record<string, Group>;
    rules: Record<string, Rule>;
    balancers: Record<string, Balancer>;
    targetGroups: Record<string, TargetGroup>;
    listeners: Record<string, Listener>;
    switches: Switch[];
}

/** An id as EC2 makes them. */
export const newId = (kind: string) => `${kind}-0${randomBytes(8).toString("hex")}`;

const LOCK_MS = 10_000;
const wait = new Int32Array(new SharedArrayBuffer(4));

/** The world in its file. What reads and writes it is short and never waits, so that no other process sees half of it. */
export class WorldFile {
    constructor(readonly path: string) {}

    look(): World {
        return JSON.parse(readFileSync(this.path, "utf8")) as World;
    }

    change<T>(work: (world: World) => T): T {
        const release = this.lock();
        try {
            const world = this.look();
            const result = work(world);
            this.write(world);
            return result;
        } finally {
            release();
        }
    }

    write(world: World): void {
        writeFileSync(`${this.path}.new`, JSON.stringify(world, undefined, 2));
        renameSync(`${this.path}.new`, this.path);
    }

    private lock(): () => void {
        const path = `${this.path}.lock`;
        for (;;) {
            try {
                closeSync(openSync(path, "wx"));
                return () => rmSync(path, { force: true });
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
            }
            // Of a process that was killed while it held it.
            const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
            if (since !== undefined && Date.now() - since > LOCK_MS) rmSync(path, { force: true });
            Atomics.wait(wait, 0, 0, 5);
        }
    }
}
