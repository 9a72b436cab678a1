import { deepStrictEqual, match, ok } from "node:assert";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { container, type Made, unit } from "../adopt/support";
import { takeoverArgs } from "../adopt/takeover";
import { said } from "../support";
import { describeRows, type Row } from "./rows";

type Fields = Record<string, unknown>;

const whole = takeoverArgs();
/** The program as inspect wrote it, with changes laid over. */
const program = (changes: Fields) => ({ ...takeoverArgs(), ...changes });
const ofParis = (changes: Fields) => {
    const nodes = takeoverArgs().nodes as Record<string, Fields>;
    return program({ nodes: { ...nodes, paris: { ...nodes.paris, ...changes } } });
};
const { rome: _, ...withoutRome } = whole.nodes as Fields;
const seen = (text: unknown) => program({ adopt: { seen: text } });
// biome-ignore lint/suspicious/noExplicitAny: whatever stands in a text.
const altered = (alter: (seen: any) => void) => takeoverArgs(undefined, alter);
const with09 = ({ process, layout, node }: Made) => {
    process.release = "0.9.4";
    process.config.text = process.config.text!.replace("replication_factor = 3", 'replication_mode = "3"');
    node.daemon!.release = "0.9.4";
    layout.version = 4;
};

/** Capacities are numbers without a unit there. */
const with07 = ({ process, layout, node }: Made) => {
    process.release = "0.7.0";
    const toml = process.config.text!.replace("replication_factor = 3", 'replication_mode = "3"');
    process.config.text = toml.replace('db_engine = "lmdb"\n', "").replace('admin_token = "@secret"\n', "");
    delete node.marks.admin_token;
    node.engines = ["sled"];
    node.daemon!.engine = "sled";
    for (const role of layout.roles) role.capacity = 10;
};

const of08 = (changes: Fields) => {
    const args = takeoverArgs(({ process, layout, node }) => {
        process.release = "0.8.7";
        process.config.text = process.config.text!.replace("replication_factor = 3", 'replication_mode = "3"');
        node.daemon!.release = "0.8.7";
        for (const role of layout.roles) role.capacity = 10;
    });
    return { ...args, ...changes };
};

const TEXT: Row[] = [
    ["what inspect has written", whole],
    [
        "of upstream's unit",
        takeoverArgs(({ process }) => Object.assign(process, { keeper: unit({ dynamicUser: true }) })),
    ],
    ["of series 0.9, by replication_mode", takeoverArgs(with09)],
    ["of series 0.7", takeoverArgs(with07)],
    [
        "of several directories, with sizes",
        takeoverArgs(({ process }) => {
            const dirs = '[{ path = "/mnt/a/", capacity = "2T" }, { path = "/mnt/b", read_only = true }]';
            process.config.text = process.config.text!.replace('"/var/lib/garage/data"', dirs);
        }),
    ],
    [
        "of a gateway",
        takeoverArgs(
            ({ layout }) => {
                layout.roles[3]!.capacity = null;
            },
            undefined,
            4,
        ),
    ],
    [
        "of a cluster that this package has looked after before",
        takeoverArgs(({ layout }) => {
            for (const role of layout.roles) role.tags = [`node=${role.tags[0]}`, "ssd"];
        }),
    ],
    ["with names that are new", altered((text) => Object.assign(text.nodes.paris, { further: [1] }))],
    ["adopt without a text", program({ adopt: {} }), ["adopt.seen", /^Nothing is given\./]],
    ["adopt as the text itself", program({ adopt: "x" }), ["adopt", /Write a map: \{ seen: … \}/]],
    [
        "an option of adopt that isn't one",
        program({ adopt: { seen: "{}", forth: true } }),
        ["adopt.forth", /no option/],
        ["adopt.seen", /isn't what inspect writes/],
    ],
    [
        "a name of a file in place of its text",
        seen("adopt.json"),
        ["adopt.seen", /^A text of 10 characters isn't what inspect/],
    ],
    ["something else than a text", seen({ adopt: 1 }), ["adopt.seen", /is no text/]],
    ["an Output", seen({ __pulumiOutput: true }), ["adopt.seen", /known before anything runs/]],
    ["JSON of another kind", seen("[1]"), ["adopt.seen", /isn't what inspect writes/]],
    ["a later kind of adopt.json", altered((text) => Object.assign(text, { adopt: 2 })), ["adopt.seen", /isn't what/]],
    [
        "a text of before there was a takeover",
        altered((text) => {
            delete text.takeover;
        }),
        ["adopt.seen", /A text of an older inspect says too little.*Inspect again/],
    ],
    ...(
        [
            ["at", "yesterday"],
            ["takeover", [1]],
            ["nodes", {}],
            ["layoutVersion", "1"],
        ] as const
    ).map(
        ([name, value]): Row => [
            `a text whose ${name} is odd`,
            altered((text) => Object.assign(text, { [name]: value })),
            ["adopt.seen", new RegExp(`^${name} \\(.*\\) in it isn't what inspect writes`)],
        ],
    ),
    ...(
        [
            ["id", "1"],
            ["role", null],
            ["series", "3"],
            ["secrets", "all"],
            ["directories", []],
            ["keeper", {}],
            ["keeper", { kind: "unit" }],
            ["keeper", { kind: "unit", unit: { name: "a", file: "relative", dropIns: [], dynamicUser: false } }],
            ["configuration", { path: "/etc/garage\n.toml", values: {} }],
        ] as const
    ).map(
        ([name, value]): Row => [
            `a text whose node has ${JSON.stringify(value)} as ${name}`,
            altered((text) => Object.assign(text.nodes.rome, { [name]: value })),
            ["adopt.seen", new RegExp(`^nodes\\.rome\\.${name}.* in it isn't what inspect writes`)],
        ],
    ),
];

const PROGRAM: Row[] = [
    [
        "a node of the program that wasn't seen",
        program({
            nodes: { ...(whole.nodes as object), oslo: { zone: "z", capacity: "1T", ssh: { host: "192.0.2.9" } } },
        }),
        ["nodes.oslo", /adopt\.json hasn't seen it.*Inspect again with its host/],
    ],
    [
        "a node that was seen and is called like what every map has",
        altered((text) => {
            text.nodes.constructor = text.nodes.paris;
        }),
        ["nodes.constructor", /which adopt\.json has seen/],
    ],
    [
        "a node that was seen and left out",
        program({ replicationFactor: 2, nodes: withoutRome }),
        ["nodes.rome", /which adopt\.json has seen.*out of the layout/],
        ["replicationFactor", /./],
    ],
    [
        "another release",
        program({ version: "1.2.0" }),
        ["version", /"1\.2\.0" isn't the release that runs.*one thing at a time/],
    ],
    [
        "no release",
        program({ version: undefined }),
        ["version", /, the default, isn't the release that runs.*Write version: "1\.3\.0"/],
    ],
    [
        "a major upgrade",
        program({ version: "2.5.0" }),
        ["version", /isn't the release that runs.*take adopt out, run `pulumi up`, and change version then/],
    ],
    ["a cluster of 0.8, with the secret that runs", of08({})],
    [
        "a cluster of 0.8 whose secret is given for the cluster's own",
        of08({ rpcSecret: "5ec2e7ab".repeat(8), rpcSecret08: undefined }),
        ["rpcSecret08", /^Nothing is given.*have a rpc_secret/],
    ],
    ["tags from series 1 on", program({ adopt: { ...(whole.adopt as object), tagNodes: true } })],
    [
        "tags up to 0.9, where a new layout can't be read until it is there",
        ((args: Fields) => ({ ...args, adopt: { ...(args.adopt as object), tagNodes: true } }))(takeoverArgs(with09)),
        ["adopt.tagNodes", /true is given, and the data are of series 0\.9.*Take it out/],
    ],
    [
        "one secret for 0.8 and 0.9",
        of08({ rpcSecret: "5EC2E7AB".repeat(8) }),
        ["rpcSecret08", /is the same as rpcSecret \(neither is shown\).*destroy them/],
    ],
    [
        "another release on the way back",
        program({ version: "1.3.1", adopt: { ...(whole.adopt as object), back: true } }),
        ["version", /isn't the release of the services that are to come back.*go to 1\.3\.0 first/],
    ],
    [
        "a way back that is neither yes nor no",
        program({ adopt: { ...(whole.adopt as object), back: "yes" } }),
        ["adopt.back", /true or false/],
    ],
    [
        "a series that the data aren't of",
        program({ stateVersion: "0.9" }),
        ["stateVersion", /series of the data.*Write stateVersion: "1"/],
    ],
    ["another zone", ofParis({ zone: "par" }), ["nodes.paris.zone", /\("z1" → "par"\).*moves no data/]],
    [
        "another capacity",
        ofParis({ capacity: "2T" }),
        ["nodes.paris.capacity", /\(1000000000000 bytes → 2000000000000 bytes\)/],
    ],
    [
        "a capacity for a gateway",
        ofParis({ gateway: true, capacity: undefined }),
        ["nodes", /./],
        ["nodes.paris.gateway", /\(1000000000000 bytes → a gateway\)/],
    ],
    ["other tags", ofParis({ tags: ["paris", "new"] }), ["nodes.paris.tags", /\("paris" → "paris", "new"\)/]],
    ["no tags", ofParis({ tags: [] }), ["nodes.paris.tags", /\("paris" → no tag\)/]],
    ["another address", ofParis({ rpcPublicAddr: "192.0.2.9:3901" })],
    ["a node replaced", ofParis({ replace: "9".repeat(64) }), ["nodes.paris.replace", /can't go with adopt/]],
    ["a node left out", program({ without: ["paris"] }), ["without", /can't go with adopt.*Get the node to run/]],
    ["a container", ofParis({ ssh: undefined, container: {} }), ["nodes.paris.container", /can't go with adopt/]],
    ["another engine", program({ dbEngine: "sqlite" }), ["dbEngine", /isn't what runs.*Write dbEngine: "lmdb"/]],
    [
        "another number of copies",
        program({ replicationFactor: 2 }),
        ["replicationFactor", /Write replicationFactor: 3/],
    ],
    ["another port of RPC", program({ rpcPort: 4000 }), ["rpcPort", /Write rpcPort: 3901/]],
    [
        "another directory of metadata",
        program({ metadataDir: "/srv/meta" }),
        ["metadataDir", /isn't where the data are.*moves no data/],
    ],
    ["another directory of data", program({ dataDir: "/srv/data" }), ["dataDir", /isn't where the data are/]],
    [
        "a further directory of data",
        program({
            dataDirs: [
                { path: "/var/lib/garage/data", capacity: "2T" },
                { path: "/mnt/b", capacity: "2T" },
            ],
        }),
        ["dataDirs", /isn't where the data are/],
    ],
    ["no RPC secret", program({ rpcSecret: undefined }), ["rpcSecret", /have a rpc_secret.*--set-config/]],
    [
        "no tokens",
        program({ adminToken: undefined, metricsToken: null }),
        ["adminToken", /config\.requireSecret\("adminToken"\)/],
        ["metricsToken", /./],
    ],
    ["another port of S3: the preview shows it", program({ s3Port: 4000 })],
    [
        "much at once",
        { ...ofParis({ zone: "par" }), version: "1.2.0", dbEngine: "sqlite" },
        ["version", /./],
        ["nodes.paris.zone", /./],
        ["dbEngine", /./],
    ],
];

describeRows("the text of adopt.json", TEXT);
describeRows("a program that takes a cluster over", PROGRAM);

describe("a takeover", () => {
    const problemsOf = (args: unknown) => said(validateArgs(args)).join("\n");

    it("is refused for what inspect found in the way, all of it, with its ids", () => {
        const args = takeoverArgs(({ process, look, node }, at) => {
            if (at === 1) process.keeper = { kind: "hand" };
            if (at === 2) look.host.nixos = true;
            if (at === 0) node.daemon!.blockErrors!.needed = 3;
        });
        const text = problemsOf(args);
        match(text, /adopt\.seen: paris: nothing keeps it running.*inspect again\. \[adopt-by-hand\]/);
        match(text, /adopt\.seen: rome: NixOS.*\[adopt-nixos\]/);
        match(text, /adopt\.seen: london: 3 blocks.*\[adopt-resync-errors\]/);
    });

    const commands = { stopCommand: "sv stop garage", startCommand: "sv start garage" };
    const byHand = (given: Record<string, object>) => {
        const args = takeoverArgs(({ process }, at) => {
            if (at === 1) process.keeper = { kind: "hand" };
        }) as { nodes: Record<string, object> };
        for (const [name, adopt] of Object.entries(given)) Object.assign(args.nodes[name]!, { adopt });
        return args;
    };

    it("takes a daemon that runs by hand where the program says how it is stopped and started", () => {
        match(problemsOf(byHand({})), /nodes\.paris\.adopt: \{ stopCommand, startCommand \}.*\[adopt-by-hand\]/);
        const { spec, problems } = validateArgs(byHand({ paris: commands }));
        deepStrictEqual(problems, []);
        deepStrictEqual(spec!.nodes.find(({ name }) => name === "paris")!.adopt, commands);
    });

    it("takes no half of them, none for what systemd keeps, and none where nothing is taken over", () => {
        match(
            problemsOf(byHand({ paris: { stopCommand: "x" } })),
            /^nodes\.paris\.adopt\.startCommand: Nothing is given: a daemon that is stopped/m,
        );
        match(problemsOf(byHand({ paris: commands, rome: commands })), /^nodes\.rome\.adopt: .*garage\.service keeps/m);
        match(
            problemsOf({ ...byHand({ paris: commands }), adopt: undefined }),
            /^nodes\.paris\.adopt: .*the cluster has no adopt/m,
        );
    });

    it("takes the directories of a container for those of the host that it has them from", () => {
        const change = ({ process }: Made) => Object.assign(process, { keeper: container() });
        deepStrictEqual(validateArgs(takeoverArgs(change)).problems, []);
        match(
            problemsOf({ ...takeoverArgs(change), dataDir: "/var/lib/garage/data" }),
            /^dataDir: \/var\/lib\/garage\/data isn't where the data are\. Allowed: \/srv\/garage\/data/,
        );
        match(
            problemsOf(
                takeoverArgs((made) => Object.assign(made.process, { keeper: container({ autoRemove: true }) })),
            ),
            /\[adopt-container\]/,
        );
    });

    it("compares the address for peers where both say one", () => {
        const change = ({ process }: Made, at: number) => {
            const line = `rpc_public_addr = "10.0.0.${at + 1}:3901"\nrpc_secret`;
            process.config.text = process.config.text!.replace("rpc_secret", line);
        };
        deepStrictEqual(validateArgs(takeoverArgs(change)).problems, []);
        const args = takeoverArgs(change) as { nodes: Record<string, { rpcPublicAddr?: string }> };
        args.nodes.rome!.rpcPublicAddr = "10.0.0.30:3901";
        match(
            problemsOf(args),
            /^nodes\.rome\.rpcPublicAddr: "10\.0\.0\.30:3901" isn't the address.*Write rpcPublicAddr: "10\.0\.0\.3:3901"\.$/,
        );
    });

    it("takes a build of one's own only with the file that runs", () => {
        const own = "5".repeat(64);
        const change = ({ process }: Made) => {
            process.release = "2.1.0";
        };
        match(
            problemsOf(takeoverArgs(change)),
            /binary: london runs another binary \(5{16}…\).*\[adopt-custom-build\]/,
        );
        const url = { x86_64: "https://example.org/garage" };
        const given = (sha256: string) => ({ ...takeoverArgs(change), binary: { url, sha256: { x86_64: sha256 } } });
        deepStrictEqual(validateArgs(given(own)).problems, []);
        match(problemsOf(given("6".repeat(64))), /\[adopt-custom-build\]/);
        // One that no checksum is known of has to be the file that runs: the hosts get its checksum.
        deepStrictEqual(validateArgs({ ...takeoverArgs(change), binary: { url } }).problems, []);
    });

    it("is refused where nodes of one architecture run different files, whatever is known of them", () => {
        const change = ({ process }: Made, at: number) => {
            if (at === 2) process.sha256 = "7".repeat(64);
        };
        match(problemsOf(takeoverArgs(change)), /^binary: rome runs another binary \(7{16}…\)/);
    });

    it("keeps of the text what hosts compare, and shows none of it in a message about it", () => {
        const { spec } = validateArgs(whole);
        deepStrictEqual(Object.keys(spec!.adopt!.nodes), ["london", "paris", "rome"]);
        const secret = "not-an-adopt-json-but-a-key";
        ok(!problemsOf(seen(secret)).includes(secret));
    });

    it("is asked for by nothing else", () => {
        deepStrictEqual(validateArgs(program({ adopt: undefined })).spec!.adopt, undefined);
    });
});
