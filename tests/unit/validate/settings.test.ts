import { deepStrictEqual, match, strictEqual } from "node:assert";
import { TYPED_KEYS } from "../../../sdk/garage/settingKeys";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { goodArgs, spec } from "../support";

const at = (key: string, value: unknown) => {
    const [first, second] = key.split(".");
    return { [first!]: second ? { [second]: value } : value };
};
const check = (settings: unknown, more: Record<string, unknown> = {}) => validateArgs(goodArgs({ settings, ...more }));

describe("settings", () => {
    for (const [key, option] of Object.entries(TYPED_KEYS)) {
        it(`refuses ${key}, which is ${option}`, () => {
            const { problems } = check(at(key, "x"));
            deepStrictEqual(
                problems.map(({ path }) => path),
                [`settings.${key}`],
            );
            match(problems[0]!.message, /has an option of its own/);
            strictEqual(problems[0]!.message.includes(option), true);
        });
    }

    it("lets every other key through as it is", () => {
        const settings = {
            rpc_timeout_msec: 5000,
            metadata_fsync: true,
            admin: { trace_sink: "http://localhost:4317" },
            k2v_api: { api_bind_addr: "[::]:3904" },
            consul_discovery: {
                consul_http_addr: "http://consul:8500",
                service_name: "garage",
                tags: ["a"],
                meta: { a: "b" },
            },
        };
        deepStrictEqual(check(settings).problems, []);
        deepStrictEqual(check(settings).warnings, []);
        deepStrictEqual(spec({ settings }).settings, settings);
    });

    it("drops what is null", () => {
        deepStrictEqual(spec({ settings: { rpc_timeout_msec: null, admin: { trace_sink: null } } }).settings, {
            admin: {},
        });
    });

    const warned: [string, string, Record<string, unknown>, RegExp][] = [
        [
            "2.5.0",
            "2",
            { metadata_fsnyc: true },
            /settings\.metadata_fsnyc isn't known to this package \(did you mean metadata_fsync\?\)/,
        ],
        ["2.5.0", "2", { sled_cache_capacity: 1 }, /isn't known to Garage 2\.5\.0 \(known to <1\.0\.0\)/],
        ["0.9.0", "0.9", { disable_scrub: true }, /known to >=0\.9\.4/],
        ["0.8.7", "0.8", { consul_host: "c" }, /known to <0\.8\.0/],
        ["2.4.0", "2", { s3_api: { public_endpoint: "http://x" } }, /settings\.s3_api\.public_endpoint/],
        ["2.5.0", "2", { s3_web: { index: "index.html" } }, /settings\.s3_web\.index isn't known/],
    ];
    for (const [version, stateVersion, settings, warning] of warned) {
        it(`warns of ${JSON.stringify(settings)} at ${version}: Garage ignores it in silence`, () => {
            const { problems, warnings } = check(settings, { version, stateVersion });
            deepStrictEqual(problems, []);
            strictEqual(warnings.length, 1);
            match(warnings[0]!, warning);
        });
    }

    const plain: [string, string, RegExp][] = [
        [
            "consul_discovery.token",
            "the-word",
            /is a secret that stands in plain text.*Leave it out.*acl\.tokens\.default/,
        ],
        [
            "consul_discovery.consul_http_addr",
            "http://u:the-word@consul:8500",
            /has a password that stands in plain text/,
        ],
        ["admin.trace_sink", "https://u:the-word@sink.example.org", /Name an address that needs none/],
    ];
    for (const [key, secret, warning] of plain) {
        it(`warns of the secret in ${key}, without its words`, () => {
            const { problems, warnings } = check(at(key, secret));
            deepStrictEqual(problems, []);
            strictEqual(warnings.length, 1);
            match(warnings[0]!, new RegExp(`^settings\\.${key.replace(".", "\\.")} `));
            match(warnings[0]!, warning);
            strictEqual(warnings[0]!.includes("the-word"), false);
        });
    }

    it("turns compression off by Garage's own word, unless a level is given", () => {
        deepStrictEqual(check({ compression_level: "none" }).problems, []);
        strictEqual(check({ compression_level: 3 }).problems.length, 1);
        strictEqual(check({ compression_level: "none" }, { compressionLevel: 3 }).problems.length, 1);
    });

    const refused: [string, unknown, string, RegExp][] = [
        ["a list instead of a map", [], "settings", /a map of options/],
        ["a section that is none", { admin: 3 }, "settings.admin", /a map of the section's keys/],
        [
            "a placeholder",
            { admin: { trace_sink: "@RPC_SECRET@" } },
            "settings.admin.trace_sink",
            /replaced on the hosts/,
        ],
        ["a placeholder as a key", { "@RPC_SECRET@": 1 }, "settings", /"@RPC_SECRET@" holds a word .* replaced/],
        ["a placeholder in a key below", { admin: { x: { "a @ADMIN_TOKEN@": 1 } } }, "settings.admin.x", /replaced/],
        ["a placeholder in a key in a list", { x: [{ "@RPC_SECRET@": 1 }] }, "settings.x[0]", /replaced on the hosts/],
        ["a function", { x: () => 1 }, "settings.x", /can't be put into garage\.toml/],
        ["null in a list", { x: [null] }, "settings.x[0]", /can't be put/],
        ["no number", { x: Number.NaN }, "settings.x", /can't be put/],
        [
            "snapshots where the daemon can't write",
            { metadata_snapshots_dir: "/srv/snapshots" },
            "settings.metadata_snapshots_dir",
            /closed to the hardened daemon/,
        ],
        [
            "K2V on the port of S3",
            { k2v_api: { api_bind_addr: "[::]:3900" } },
            "settings.k2v_api.api_bind_addr",
            /clashes with s3Port/,
        ],
        ["K2V without an address", { k2v_api: {} }, "settings.k2v_api.api_bind_addr", /is needed/],
    ];
    for (const [what, settings, path, message] of refused) {
        it(`refuses ${what}`, () => {
            const { problems } = check(settings);
            deepStrictEqual(
                problems.map((each) => each.path),
                [path],
            );
            match(problems[0]!.message, message);
        });
    }

    it("takes snapshots below the metadata directory", () => {
        deepStrictEqual(check({ metadata_snapshots_dir: "/var/lib/garage/meta/snap" }).problems, []);
    });
});
