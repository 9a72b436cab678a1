import { match, ok, strictEqual } from "node:assert";
import { renderToml } from "../../../sdk/garage/garageToml";
import { generationId } from "../../../sdk/garage/generation";
import { Machines } from "../../../sdk/plan/machines";
import { Restarts } from "../../../sdk/plan/restarts";
import type { ClusterSpec } from "../../../sdk/spec";
import { spec } from "../support";

type Fields = Record<string, unknown>;

/** What a stage of these arguments was called with, as a state has it. */
const lineOf = (of: ClusterSpec, verb: string) =>
    `garage-node ${verb} ${generationId(of)}${verb === "stage" ? " sv=2" : ""}`;
const sheetOf = (of: ClusterSpec) =>
    [
        "lines 3",
        `toml ${Buffer.from(renderToml(of, "full")).toString("base64")}`,
        `option logLevel ${of.logLevel}`,
    ].join("\n");

function change(before: Fields, after: Fields) {
    const [old, now] = [spec(before), spec(after)];
    const nodes = now.nodes.map(({ name }) => name);
    const machines = new Machines();
    const restarts = new Restarts(now, { nodes, replicationFactor: 3 }, machines);
    return {
        machines,
        stage: () => restarts.stage(lineOf(old, "stage"), lineOf(now, "stage"), sheetOf(old)),
        /** Whose roll passed last time has the line of that time. */
        roll: (node: string, last = old) => restarts.roll(node, lineOf(last, "roll"), lineOf(now, "roll")),
        host: (from: string, to: string) =>
            restarts.host(`bash -s -- host paris tool=${from}`, `bash -s -- host paris tool=${to}`),
    };
}

describe("what a preview says of the daemons", () => {
    it("names what changes in garage.toml, and the order of the restarts, once", () => {
        const { stage, roll } = change({}, { s3Port: 4000 });
        const said = stage();
        match(
            said!,
            /^The configuration changes, so the nodes restart, one node at a time: london → paris → rome\. S3 stays up\. What changes:\n/,
        );
        match(
            said!,
            /garage\.toml: - s3_api\.api_bind_addr = "\[::\]:3900"\n.*\+ s3_api\.api_bind_addr = "\[::\]:4000"/,
        );
        strictEqual(stage(), undefined);
        strictEqual(roll("london"), undefined);
    });

    for (const [what, before, after, says] of [
        ["the log's level", {}, { logLevel: "garage=debug" }, /restart.*\n {2}logLevel: garage=info → garage=debug$/],
        [
            "another binary",
            {},
            { binary: { baseUrl: "https://mirror.example.org" } },
            /restart.*\n {2}where the binary comes from/,
        ],
        [
            "another release, with a setting",
            { version: "2.4.0" },
            { s3Region: "eu" },
            /^With it changes:\n.*\n.*s3_region = "eu"/,
        ],
    ] as const)
        it(`names what changes: ${what}`, () => match(change(before, after).stage()!, says));

    it("says nothing of its own of another release, whose plan is shown", () => {
        strictEqual(change({ version: "2.4.0" }, {}).stage(), undefined);
    });

    it("says that no daemon restarts where no generation changes, once", () => {
        const { stage, roll } = change({}, { healthTimeoutSeconds: 300 });
        strictEqual(stage(), undefined);
        match(roll("london")!, /^No daemon restarts by what changes/);
        strictEqual(roll("paris"), undefined);
    });

    it("doesn't say so where a machine changes, for which Garage is stopped", () => {
        const { machines, roll } = change({}, {});
        ok(machines.leave("london", `leave london ${"0".repeat(12)}`, `leave london ${"f".repeat(12)}`));
        strictEqual(roll("london"), undefined);
    });

    it("names a node that restarts since its last roll did not pass", () => {
        const { stage, roll } = change({}, { healthTimeoutSeconds: 300 });
        strictEqual(stage(), undefined);
        ok(roll("london"));
        match(roll("rome", spec({ version: "2.4.0" }))!, /^rome restarts: its last roll did not pass/);
    });

    it("names the tool that changes on the hosts, with both versions", () => {
        const { host } = change({}, {});
        strictEqual(host("0.1.0-aaaa", "0.1.0-aaaa"), undefined);
        match(host("0.1.0-aaaa", "0.2.0-bbbb")!, /0\.1\.0-aaaa → 0\.2\.0-bbbb.*restarts nothing/);
        strictEqual(host("0.1.0-aaaa", "0.2.0-bbbb"), undefined);
    });

    it("makes nothing of what isn't plain: secrets and unknowns arrive as objects", () => {
        const restarts = new Restarts(spec(), { nodes: ["a"], replicationFactor: 3 });
        const unknown = { __pulumiUnknown: true };
        strictEqual(restarts.host(unknown, unknown), undefined);
        strictEqual(restarts.stage(undefined, unknown, unknown), undefined);
    });
});
