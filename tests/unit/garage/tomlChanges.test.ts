import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { renderToml } from "../../../sdk/garage/garageToml";
import { tomlChanges } from "../../../sdk/garage/tomlChanges";
import { spec } from "../support";

type Fields = Record<string, unknown>;
const toml = (changes: Fields) => renderToml(spec(changes), "full");
const changes = (before: Fields, after: Fields) => tomlChanges(toml(before), toml(after));

describe("what changes in garage.toml", () => {
    it("is said by section and key, with the old and the new value", () => {
        deepStrictEqual(changes({}, { s3Port: 4000, blockSize: "10M", settings: { metadata_fsync: true } }), [
            "+ block_size = 10000000",
            "+ metadata_fsync = true",
            '- s3_api.api_bind_addr = "[::]:3900"',
            '+ s3_api.api_bind_addr = "[::]:4000"',
        ]);
        deepStrictEqual(changes({ settings: { admin: { trace_sink: "http://a:4317" } } }, {}), [
            '- admin.trace_sink = "http://a:4317"',
        ]);
        deepStrictEqual(changes({}, {}), []);
    });

    it("shows no secret: no token, and no password in a URL", () => {
        const said = changes(
            { settings: { consul_discovery: { token: "hunter2" }, admin: { trace_sink: "http://me:hunter2@a" } } },
            { settings: { consul_discovery: { token: "hunter3" }, admin: { trace_sink: "http://me:hunter3@a" } } },
        );
        strictEqual(said.length, 4);
        ok(!/hunter/.test(said.join()), said.join());
        deepStrictEqual(
            changes({ version: "0.8.1", stateVersion: "0.8" }, { version: "0.8.2", stateVersion: "0.8" })[0],
            ["- admin.admin_token = (not shown)"][0],
        );
    });

    it("is nothing to say of what can't be read, and no exception", () => {
        deepStrictEqual(tomlChanges("= [", toml({})), ["(can't be compared)"]);
    });

    it("has an end", () => {
        const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key_${i}`, i]));
        const said = changes({}, { settings: many });
        strictEqual(said.length, 21);
        strictEqual(said.at(-1), "… and 20 more");
    });
});
