// What the scripts in sdk/host/inspect say of a host: docs/adopting.md. No secret is ever in it.

import type { Mount } from "../garage/mounts";

/** How a host is reached: as `ssh` itself resolves what was typed. */
export interface Reach {
    /** As it was typed. */
    target: string;
    host: string;
    port: number;
    user: string;
    proxy?: { host: string; port: number; user: string };
    /** The configuration of ssh has a way that the program can't name. */
    proxyCommand?: string;
}

export interface Machine {
    name: string;
    os: string | null;
    arch: string | null;
    nixos: boolean;
    systemd: number | null;
    /** The lines of a claim of this package. */
    claim: string | null;
    units: { name: string; active: string; sub: string }[];
}

export interface Unit {
    name: string;
    file: string | null;
    dropIns: string[];
    enabled: string | null;
    user: string | null;
    dynamicUser: boolean;
    restart: string | null;
}

export interface Container {
    engine: string;
    id: string;
    name?: string;
    image?: string;
    /** Its policy: "on-failure:5". */
    restart?: string | null;
    /** This engine can't change the policy of a container that is there. */
    restartFixed?: boolean;
    /** It goes when it stops. */
    autoRemove?: boolean;
    network?: string | null;
    /** Its main process, by the host's number. */
    pid?: number | null;
    /** That keeps it running, by podman's own word. */
    unit?: string | null;
    /** The files of compose that it was made of. */
    compose?: string | null;
    mounts?: Mount[];
    /** What of its own network the host's ports lead to. */
    ports?: { inside: number; host: number }[];
}

/** Who keeps the daemon running; a container may be kept by a unit. */
export interface Keeper {
    kind: "unit" | "container" | "hand";
    unit?: Unit;
    container?: Container;
}

export interface Process {
    pid: number;
    /** Of the kernel, when it was started: with `pid` it is this process and no other. */
    ticks: string;
    /** Seconds since 1970, one more or less. */
    start: number | null;
    uid: number | null;
    gid: number | null;
    /** Only a name in the host's own /etc/passwd. */
    user: string | null;
    exe: string | null;
    /** Another file lies at that path by now. */
    replaced: boolean;
    sha256: string | null;
    version: string | null;
    release: string | null;
    words: string[];
    environment: Record<string, string>;
    keeper: Keeper;
    /** `text` is garage.toml without comments and secrets; `changed` when it was written last. */
    config: { path: string; text: string | null; changed: number | null };
    listeners: { address: string; port: number }[];
}

/** The answer of `look`. */
export interface Look {
    inspect: 1;
    host: Machine;
    daemons: Process[];
}

export interface Directory {
    path: string;
    there: boolean;
    uid?: number;
    gid?: number;
    mode?: string;
    freeMiB?: number;
    fileSystem?: string;
    real?: string;
    user?: string | null;
    /** `uid:gid` of all that lies right in it. */
    owners?: string[];
}

/** A daemon's part of docs/report.md, as far as it is looked at here. */
export interface Daemon {
    release?: string;
    engine?: string;
    sees?: { id: string; role: boolean }[];
    down?: string[];
    answersThrough?: string[];
    layout?: { version?: number; staged?: boolean };
    queues?: { resync?: number; resyncErrors?: number };
    blockErrors?: { needed: number; unneeded: number };
    /** Those that have errors. */
    workers?: { name: string; errors: number; consecutive: number }[];
    partitions?: { all: number; ok: number };
    errors: { question: string; why: string }[];
}

/** The answer of `ask`; without `id` where the metadata have none. */
export interface NodeLook {
    inspect: 1;
    gone?: true;
    id: string | null;
    /** Whose database lies in the metadata directory. */
    engines: string[];
    /** Garage's own file, in base64. */
    layoutFile: string | null;
    /** Metadata first. */
    directories: Directory[];
    /** By a salt of this run: the same text is the same secret. */
    marks: Record<string, string>;
    daemon: Daemon | null;
}

/** What stands in the way of a program, or of adoption; `note` stands in nobody's way. */
export interface Reason {
    id: string;
    weight: "stops" | "refuses" | "note";
    /** The host or node, where it is one's. */
    where?: string;
    what: string;
    todo: string;
}
