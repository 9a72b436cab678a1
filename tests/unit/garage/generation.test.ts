import { match, notStrictEqual, strictEqual } from "node:assert";
import { generationId, generationOf, releaseOf } from "../../../sdk/garage/generation";
import { goodArgs, paris, spec, specOf } from "../support";

describe("generationId", () => {
    const usual = generationId(spec());

    it("is the release and eight hex digits", () => match(usual, /^2\.5\.0-[0-9a-f]{8}$/));

    const same: [string, Record<string, unknown>][] = [
        ["another capacity", { capacity: "2T" }],
        ["another zone", { zone: "lyo" }],
        ["another address", { ssh: { host: "192.0.2.77" } }],
        ["reapply", { reapply: "2" }],
        ["an address for RPC", { rpcPublicAddr: "192.0.2.88:3901" }],
    ];
    for (const [what, changes] of same)
        it(`stays with ${what} of a node`, () => strictEqual(generationId(specOf(paris(changes))), usual));

    const waiting = {
        healthTimeoutSeconds: 300,
        stopGraceSeconds: 30,
        skipChecks: ["disk-space"],
        beforeStop: "true",
        majorUpgrade: { drain: "settled" },
        rollOrder: ["rome"],
        without: ["rome"],
        stateVersion: "1",
    };
    for (const [name, value] of Object.entries(waiting))
        it(`stays with another ${name}`, () => strictEqual(generationId(spec({ [name]: value })), usual));

    it("stays with a new node: peers are no part of it", () => {
        const nodes = { ...(goodArgs().nodes as object), oslo: { zone: "osl", capacity: "1T", container: {} } };
        strictEqual(generationId(spec({ nodes })), usual);
    });

    it("stays with another order of the keys in settings, at every level", () => {
        const one = {
            admin: { trace_sink: "x" },
            consul_discovery: { meta: { a: "1", b: "2" }, tags: ["a", "b"] },
            x: 1,
        };
        const two = {
            x: 1,
            consul_discovery: { tags: ["a", "b"], meta: { b: "2", a: "1" } },
            admin: { trace_sink: "x" },
        };
        strictEqual(generationId(spec({ settings: two })), generationId(spec({ settings: one })));
        const lists = { ...one, consul_discovery: { ...one.consul_discovery, tags: ["b", "a"] } };
        notStrictEqual(generationId(spec({ settings: lists })), generationId(spec({ settings: one })));
    });

    const others: Record<string, unknown> = {
        version: "2.4.0",
        dbEngine: "sqlite",
        s3Port: 4900,
        s3Region: "eu",
        logLevel: "garage=debug",
        settings: { rpc_timeout_msec: 5000 },
        consistencyMode: "degraded",
        compressionLevel: 3,
        binary: { baseUrl: "https://mirror.example.org/garage" },
    };
    for (const [name, value] of Object.entries(others))
        it(`changes with ${name}`, () => notStrictEqual(generationId(spec({ [name]: value })), usual));

    it("changes with a checksum that the user gives", () => {
        notStrictEqual(generationId(spec({ binary: { sha256: { x86_64: "a".repeat(64) } } })), usual);
    });

    it("is read back from the line of a stage or a roll, with its release, and from nothing else", () => {
        for (const line of [`garage-node stage ${usual} sv=2`, `sudo -n garage-node roll ${usual}`])
            strictEqual(generationOf(line), usual);
        strictEqual(releaseOf(usual), "2.5.0");
        for (const other of [undefined, `garage-node start ${usual}`, "garage-node stage 2.5.0", { create: usual }])
            strictEqual(generationOf(other), undefined);
    });
});
