import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../../sdk";
import { UpgradeStrategy } from "../../sdk/args";
import { takeoverArgs } from "../unit/adopt/takeover";
import { graphOf, threeNodes } from "./support";

/**
 * Every resource of nine sets of arguments, with its inputs and options, as users' states have them: what changes here runs again on
 * every cluster at the next `up`. After a change that is meant: `DUMP=write npx mocha --require tsx/cjs tests/graph/dump.test.ts`, and the
 * commit says why. The packed tool and its id are left out: they change with every host script.
 */
const DUMPS = join(__dirname, "dumps");

const hop = (strategy: UpgradeStrategy) =>
    threeNodes({ stateVersion: "1", version: "2.5.0", majorUpgrade: { strategy } });

const withEdge = (): GarageClusterArgs => {
    const args = threeNodes();
    const { capacity: _, ...paris } = args.nodes.paris as { capacity: string; zone: string };
    return { ...args, nodes: { ...args.nodes, edge: { ...paris, gateway: true, ssh: { host: "192.0.2.9" } } } };
};

const SETS: Record<string, () => GarageClusterArgs> = {
    "three-nodes": () => threeNodes(),
    "hop-full": () => hop(UpgradeStrategy.Full),
    "hop-short": () => hop(UpgradeStrategy.Short),
    without: () => threeNodes({ without: ["rome"] }),
    containers: () => ({
        stateVersion: "2",
        version: "2.5.0",
        nodes: Object.fromEntries(["a", "b", "c"].map((name) => [name, { zone: name, capacity: "1G", container: {} }])),
    }),
    replace: () => {
        const args = threeNodes();
        return { ...args, nodes: { ...args.nodes, rome: { ...args.nodes.rome!, replace: "9".repeat(64) } } };
    },
    gateways: withEdge,
    uploads: () => threeNodes({ binary: { path: { x86_64: program() } } }),
    takeover: () => takeoverArgs() as unknown as GarageClusterArgs,
};

/** Begins as a program for Linux on x86_64 does; at one place on every machine, for its path is a part of a generation. */
function program(): string {
    const file = "/tmp/garage-graph-dump";
    const head = Buffer.alloc(64);
    Buffer.from("7f454c460201010000000000000000000200", "hex").copy(head);
    head.writeUInt16LE(0x3e, 18);
    writeFileSync(file, head);
    return file;
}

/** Pulumi's own mark of what is no plain value. */
const SPECIAL = "4dabf18193072939515e22adb298388d";

/** Plain JSON: a secret is `{secret: …}`, an asset its path, another resource its name. */
function plain(value: unknown): unknown {
    if (typeof value === "string")
        return value
            .replace(/^#!\/usr\/bin\/env bash\n[\s\S]*?(?=sheet\(\) \{)/, "(install.sh) ")
            .replace(/main \S+ [0-9a-f]{64} "\$@"/, "main …")
            .replace(/tool=\S+/g, "tool=…")
            .replace(/^\.garage-node-\S+\.pack$/, "(the packed tool)")
            .replace(/^[0-9a-f]{32}\n[0-9a-f]{64}\n$/, "(drawn anew by every run)")
            .replace(/^package \S+$/gm, "package …");
    if (Array.isArray(value)) return value.map(plain);
    if (pulumi.Resource.isInstance(value)) return `resource ${(value as unknown as { __name?: string }).__name ?? ""}`;
    if (pulumi.asset.Asset.isInstance(value)) return "asset";
    if (value === null || typeof value !== "object") return value;
    const { [SPECIAL]: special, value: inner, ...rest } = value as Record<string, unknown>;
    if (special !== undefined) return inner === undefined ? "asset" : { secret: plain(inner), ...rest };
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Longer scripts of our own that a resource sends: their text is not what is compared here. */
const shortened = (text: unknown) =>
    typeof text === "string" && text.startsWith("#!/usr/bin/env bash") ? `script: ${text.split("\n")[1]}` : text;

async function dump(args: GarageClusterArgs): Promise<string> {
    const graph = await graphOf(args);
    const names = [...graph.seen.keys()].sort();
    const rows = names.map((name) => {
        const { type, inputs } = graph.get(name);
        const { protect, retainOnDelete, ignoreChanges, additionalSecretOutputs, aliases, dependsOn } =
            (graph.options.get(name) ?? {}) as pulumi.CustomResourceOptions;
        const options = { protect, retainOnDelete, ignoreChanges, additionalSecretOutputs, aliases };
        const own = /-(container|ssh-key)/.test(name) ? { ...inputs, stdin: shortened(inputs.stdin) } : inputs;
        return { name, type, inputs: plain(own), options: plain(options), dependsOn: plain(dependsOn) };
    });
    return `${JSON.stringify(rows, undefined, 1)}\n`;
}

describe("every resource is as it was in users' states", () => {
    for (const [name, args] of Object.entries(SETS))
        it(name, async () => {
            const now = await dump(args());
            const file = join(DUMPS, `${name}.json`);
            if (process.env.DUMP === "write") {
                mkdirSync(DUMPS, { recursive: true });
                writeFileSync(file, now);
            }
            assert.deepEqual(JSON.parse(now), JSON.parse(readFileSync(file, "utf8")));
        });
});
