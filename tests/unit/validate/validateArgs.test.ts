import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { goodArgs, paris, said, spec } from "../support";

/** What an Output, an unknown one and a secret look like when they arrive from the engine. */
const OUTPUT = { __pulumiOutput: true, apply: () => OUTPUT };
const UNKNOWN = { __pulumiUnknown: true };
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hunter2" };

describe("validateArgs", () => {
    it("fills in every default", () => {
        const { nodes, ...rest } = spec();
        deepStrictEqual(rest, {
            stateVersion: "2",
            version: "2.5.0",
            versionGiven: true,
            series: "2",
            replicationFactor: 3,
            consistencyMode: "consistent",
            ports: { rpc: 3901, s3: 3900, web: 3902, admin: 3903 },
            binds: { rpc: "[::]", s3: "[::]", web: "[::]", admin: "[::]" },
            s3Region: "garage",
            webRootDomain: ".web.garage.localhost",
            metadataDir: "/var/lib/garage/meta",
            dataDirs: [{ path: "/var/lib/garage/data", readOnly: false }],
            backupsDir: "/var/lib/garage-backups",
            dbEngine: "lmdb",
            dbEngineGiven: false,
            settings: {},
            binary: { baseUrl: "https://garagehq.deuxfleurs.fr/_releases", url: {}, path: {}, sha256: {} },
            skipChecks: [],
            strategy: "full",
            drain: "empty",
            allowPatchDowngrade: false,
            logLevel: "garage=info",
            options: {
                logLevel: "garage=info",
                healthTimeoutSeconds: "120",
                downloadTimeoutSeconds: "600",
                countTimeoutSeconds: "600",
                drainTimeoutSeconds: "1800",
                repairTimeoutSeconds: "3600",
                hookTimeoutSeconds: "60",
                drain: "empty",
            },
        });
        deepStrictEqual(nodes[0], {
            name: "london",
            part: "in",
            zone: "lon",
            capacityBytes: 1e12,
            gateway: false,
            tags: [],
            placement: "ssh",
        });
    });

    it("takes the newest release of stateVersion's series when none is named", () => {
        strictEqual(spec({ version: undefined }).version, "2.5.0");
        const older = spec({ version: undefined, stateVersion: "0.8" });
        deepStrictEqual([older.version, older.versionGiven], ["0.8.7", false]);
    });

    it("orders nodes by rollOrder, then by name, gateways last", () => {
        const gate = { zone: "par", gateway: true, container: {} };
        const nodes = { a: gate, ...(goodArgs().nodes as object), b: gate };
        const order = (rollOrder: string[]) => spec({ nodes, rollOrder }).nodes.map(({ name }) => name);
        deepStrictEqual(order([]), ["london", "paris", "rome", "a", "b"]);
        deepStrictEqual(order(["b", "rome"]), ["rome", "london", "paris", "b", "a"]);
    });

    it("counts null as not given, as YAML has it", () => {
        deepStrictEqual(spec({ s3Port: null, settings: null, without: null, dataDirs: null }), spec());
    });

    it("lets Outputs flow where they may", () => {
        const ssh = { host: OUTPUT, port: UNKNOWN, privateKey: SECRET, proxy: { host: OUTPUT, user: OUTPUT } };
        const args = paris(
            { ssh, rpcPublicAddr: OUTPUT },
            { rpcSecret: SECRET, clusterId: UNKNOWN, adminToken: OUTPUT },
        );
        deepStrictEqual(said(validateArgs(args)), []);
    });

    it("says the hop of a major upgrade", () => {
        const { hop, series, stateVersion, dbEngine } = spec({ stateVersion: "0.7", version: "0.8.7" });
        deepStrictEqual([hop, series, stateVersion, dbEngine], ["0.7->0.8", "0.8", "0.7", "sled"]);
    });

    it("carries what only tunes waiting to the hosts, and knows which engine was named", () => {
        const found = spec({
            dbEngine: "sqlite",
            beforeStop: "  systemctl stop proxy ",
            skipChecks: ["disk-space", "min-from"],
            majorUpgrade: { drain: "settled", deepChecks: ["versions", "scrub"] },
            stopGraceSeconds: 30,
        });
        strictEqual(found.dbEngineGiven, true);
        deepStrictEqual(found.drain, "settled");
        const { beforeStop, skipChecks, drain, deepChecks, stopGraceSeconds } = found.options;
        deepStrictEqual(
            [beforeStop, skipChecks, drain, deepChecks, stopGraceSeconds],
            ["systemctl stop proxy", "disk-space,min-from", "settled", "versions,scrub", "30"],
        );
    });

    it("takes the short way with a drain that can come true", () => {
        const found = spec({ stateVersion: "1", version: "2.5.0", majorUpgrade: { strategy: "short" } });
        deepStrictEqual([found.strategy, found.drain], ["short", "settled"]);
        deepStrictEqual([found.options.strategy, found.options.drain], ["short", "settled"]);
    });

    it("warns of one of clusterId and rpcSecret alone: both together take a cluster up", () => {
        const warnings = (more: object) => validateArgs(goodArgs({ ...more })).warnings.join();
        match(warnings({ clusterId: OUTPUT }), /^clusterId is given without rpcSecret.*give both/);
        match(warnings({ rpcSecret: "ab".repeat(32), clusterId: null }), /^rpcSecret is given without clusterId/);
        strictEqual(warnings({ clusterId: "c1d2", rpcSecret: SECRET }), "");
        strictEqual(warnings({}), "");
    });

    it("warns of a secret of 0.8 once the data are newer", () => {
        const warnings = (stateVersion: string, version: string) =>
            validateArgs(goodArgs({ stateVersion, version, rpcSecret08: SECRET })).warnings.join();
        match(
            warnings("0.9", "0.9.4"),
            /^rpcSecret08 has no effect any more: the data are of series 0\.9.*Take it out/,
        );
        strictEqual(warnings("0.8", "0.9.4"), "");
        strictEqual(warnings("0.7", "0.7.3"), "");
    });

    it("gathers all problems at once", () => {
        const problems = said(
            validateArgs({
                stateVersion: 1,
                nodes: { "1": { zone: 3, capacity: "1" } },
                s3Port: 3901,
                metadataDir: "/var/lib/garage/data/meta",
                settings: { db_engine: "lmdb" },
                nonsense: true,
            }),
        );
        const paths = problems.map((each) => each.slice(0, each.indexOf(": ")));
        for (const path of [
            "stateVersion",
            "nodes.1",
            "nodes.1.zone",
            "nodes.1.capacity",
            "s3Port",
            "dataDir",
            "settings.db_engine",
            "nonsense",
        ])
            ok(paths.includes(path), `${path} in ${paths.join(" ")}`);
    });

    it("takes a component's name for the name of a container only if it can be one", () => {
        const named = (name: string, args: unknown) => said(validateArgs(args, name));
        const contained = paris({ ssh: null, container: {} });
        for (const name of ["my store", "a;b", "$(id)", "-a", "", "ä"]) {
            match(
                named(name, contained).join(),
                /^name: ".*" is the component's name, and can't be a part of a container's/,
            );
            deepStrictEqual(named(name, goodArgs()), []);
        }
        deepStrictEqual(named("My_store-1.a", contained), []);
    });

    it("shows no value where a secret may stand, in whatever form it was given", () => {
        const word = "hunter2";
        const key = `-----BEGIN PRIVATE KEY-----${word}`;
        const wrong: Record<string, unknown>[] = [
            ...["rpcSecret", "adminToken", "metricsToken", "clusterId"].flatMap((name) =>
                [`${word} ${word}`, [word], { [`a${word}`]: word }, 42424242].map((value) =>
                    goodArgs({ [name]: value }),
                ),
            ),
            ...[{ privateKey: key }, { privateKey: 42424242 }, { privateKeyPassword: 42424242 }].flatMap((wrong) => [
                paris({ ssh: { host: "a", ...wrong } }),
                paris({ ssh: { host: "a", proxy: { host: "b", ...wrong } } }),
            ]),
            paris({ ssh: key }),
            paris({ ssh: { host: "a", proxy: key } }),
            goodArgs({ nodes: { paris: key } }),
            goodArgs({ nodes: word }),
            goodArgs({ binary: word }),
            goodArgs({ binary: { baseUrl: `https://me:${word}@example.org` } }),
            goodArgs({ binary: { url: { x86_64: `https://example.org/garage?signature=${word} ` } } }),
            goodArgs({ beforeStop: `curl -H 'Authorization: ${word}' a\nb` }),
            goodArgs({ afterStart: { run: word } }),
            goodArgs({ settings: `consul token ${word}` }),
            goodArgs({ settings: { consul_discovery: word } }),
            goodArgs({ settings: { consul_discovery: { token: `@RPC_SECRET@${word}` } } }),
            goodArgs({ settings: { admin: { trace_sink: 42424242n } } }),
        ];
        for (const args of wrong) {
            const { problems, warnings } = validateArgs(args);
            ok(problems.length > 0);
            ok(!/hunter2|42424242/.test(JSON.stringify([problems, warnings])), JSON.stringify(problems));
        }
    });

    it("never shows a secret", () => {
        const secret = "correct-horse-battery-staple-!!";
        const args = paris(
            {
                ssh: {
                    host: "a",
                    privateKey: secret,
                    privateKeyPassword: secret,
                    proxy: { host: "b", privateKey: secret },
                },
            },
            {
                rpcSecret: secret,
                adminToken: secret,
                metricsToken: secret,
                binary: { baseUrl: `https://user:${secret}@example.org` },
            },
        );
        const { problems } = validateArgs(args);
        strictEqual(problems.length, 6);
        ok(!JSON.stringify(problems).includes("horse"));
    });

    it("refuses whatever isn't plain where the preview depends on it", () => {
        for (const value of [OUTPUT, UNKNOWN, SECRET, Promise.resolve("x")]) {
            const plain = [
                "nodes",
                "s3Port",
                "replicationFactor",
                "dbEngine",
                "metadataDir",
                "settings",
                "without",
                "binary",
                "allowPatchDowngrade",
                "beforeStop",
                "majorUpgrade",
            ];
            for (const name of plain) {
                const [problem] = validateArgs(goodArgs({ [name]: value })).problems.filter(
                    ({ path }) => path === name,
                );
                match(problem!.message, /An Output \(or a secret.* plain value is needed/s, name);
                ok(!problem!.message.includes("hunter2"));
            }
            for (const name of ["zone", "capacity", "gateway", "tags", "reapply", "replace", "ssh"]) {
                const { problems } = validateArgs(paris({ [name]: value }));
                ok(
                    problems.some(({ path, message }) => path === `nodes.paris.${name}` && /An Output/.test(message)),
                    name,
                );
            }
            const { problems: ofUser } = validateArgs(paris({ ssh: { host: "a", user: value } }));
            match(
                said({ problems: ofUser, warnings: [] }).join(),
                /^nodes\.paris\.ssh\.user: An Output.* plain value is/,
            );
            for (const name of ["version", "stateVersion"]) {
                const { problems } = validateArgs(goodArgs({ [name]: value }));
                deepStrictEqual(problems[0]?.path, name);
            }
            const { problems } = validateArgs(goodArgs({ settings: { consul_discovery: { token: value } } }));
            match(problems[0]!.message, /An Output.*can't be put into garage.toml/);
        }
    });
});
