import { isSeries, type Series, seriesOf } from "../policy";

/** The only version so far: whatever isn't `connection` may grow without another one. */
export const ACCESS_VERSION = 1;

/** What the output `access` of a cluster tells: how the host is reached that a bucket or a key is asked for on, and what clients have to know. */
export interface Access {
    version: typeof ACCESS_VERSION;
    /** The cluster's id. */
    cluster: string;
    /** The first storage node by name that isn't given up. */
    node: string;
    stateVersion: Series;
    release: string;
    sudo: boolean;
    /** As a `command.remote.Command` takes it. */
    connection: Record<string, unknown>;
    s3Endpoint: string;
    webEndpoint: string;
    adminEndpoint: string;
    region: string;
    webRootDomain: string;
}

/** Why a text is no access, in words that don't hold it: it is a secret. */
export class NoAccess extends Error {
    constructor(what: string) {
        super(
            `access: it ${what} (not shown: it is a secret). Allowed: the output access of a GarageCluster, as it is. Write access: store.access; from another stack, stackReference.requireOutput("access").`,
        );
    }
}

const TEXTS = ["cluster", "node", "release", "s3Endpoint", "webEndpoint", "adminEndpoint", "region", "webRootDomain"];

/** Throws a NoAccess. */
export function parseAccess(text: unknown): Access {
    if (typeof text !== "string") throw new NoAccess("is no text");
    let read: unknown;
    try {
        read = JSON.parse(text);
    } catch {
        throw new NoAccess("is no JSON");
    }
    if (typeof read !== "object" || read === null) throw new NoAccess("is no JSON object");
    const access = read as Record<string, unknown>;
    if (access.version !== ACCESS_VERSION)
        throw new NoAccess(
            `is of version ${JSON.stringify(access.version)?.slice(0, 20)}, and this version of the package reads version ${ACCESS_VERSION} only: the cluster's program and this one need the same version of it`,
        );
    const lacking = TEXTS.filter((name) => typeof access[name] !== "string");
    if (typeof access.sudo !== "boolean") lacking.push("sudo");
    if (!isSeries(access.stateVersion)) lacking.push("stateVersion");
    if (typeof access.connection !== "object" || access.connection === null) lacking.push("connection");
    if (lacking.length > 0) throw new NoAccess(`lacks ${lacking.join(", ")}`);
    return access as unknown as Access;
}

/** Of the release that the cluster was brought to last. */
export function seriesOfAccess({ release, stateVersion }: Pick<Access, "release" | "stateVersion">): Series {
    return seriesOf(release) ?? stateVersion;
}
