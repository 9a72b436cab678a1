import { strict as assert } from "node:assert";
import { checkInputs } from "../../toolchain/offline/commandInputs";
import { changes, reveal, secret, unknown } from "../../toolchain/offline/properties";

const command = "command:remote:Command";
const asset = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash: "1", path: "a" };

describe("command stand-in: inputs", () => {
    it("fills in the defaults of a connection and of its bastion, and makes it a secret", () => {
        const { inputs, failures } = checkInputs(command, {
            connection: { host: "h", proxy: { host: "b", port: 2222 } },
        });
        const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
        const connection = { ...defaults, host: "h", proxy: { ...defaults, host: "b", port: 2222 } };
        assert.deepEqual(failures, []);
        assert.deepEqual(inputs, { connection: secret(connection) });
    });

    for (const [inputs, property, reason] of [
        [{}, "connection", "Missing required field"],
        [{ connection: {} }, "connection.host", "Missing required field"],
        [{ connection: { host: 5 } }, "connection.host", "must be a string, but is number"],
        [{ connection: { host: "h", port: "22" } }, "connection.port", "must be a number, but is string"],
        [{ connection: { host: "h" }, create: ["a"] }, "create", "must be a string, but is a list"],
        [{ connection: { host: "h" }, environment: "A=1" }, "environment", "must be a map, but is string"],
    ] as const) {
        it(`refuses ${JSON.stringify(inputs)}`, () => {
            assert.deepEqual(checkInputs(command, inputs).failures, [{ property, reason }]);
        });
    }

    it("takes unknown values for what they may become", () => {
        const inputs = { connection: secret({ host: unknown }), create: secret(unknown), environment: unknown };
        assert.deepEqual(checkInputs(command, inputs).failures, []);
        assert.deepEqual(checkInputs(command, { connection: unknown }).failures, []);
    });

    it("says what it can't do: asset paths, resources it doesn't have", () => {
        const local = checkInputs("command:local:Command", { archivePaths: ["*"] });
        assert.equal(local.failures[0]?.property, "archivePaths");
        assert.equal(checkInputs("command:remote:CopyFile", {}).failures.length, 1);
    });

    for (const [name, before, after, expected] of [
        ["nothing changed", { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
        ["an absent value and null are the same", { a: null }, {}, []],
        ["a value is new", {}, { a: 1 }, [["a", "add"]]],
        ["a value is gone", { a: 1 }, {}, [["a", "delete"]]],
        [
            "inside maps and lists",
            { a: { b: [1, 2] } },
            { a: { b: [1, 3, 4] } },
            [
                ["a.b[1]", "update"],
                ["a.b[2]", "add"],
            ],
        ],
        ["a secret's value", { a: secret("x") }, { a: secret("y") }, [["a", "update"]]],
        ["a value became a secret", { a: "x" }, { a: secret("x") }, [["a", "update"]]],
        ["a value isn't known yet", { a: "x" }, { a: unknown }, [["a", "update"]]],
        ["an asset by its hash only", { a: asset }, { a: { ...asset, path: "b" } }, []],
        ["an asset's content", { a: asset }, { a: { ...asset, hash: "2" } }, [["a", "update"]]],
    ] as const) {
        it(`tells changes: ${name}`, () => assert.deepEqual(changes("", before, after), expected));
    }

    it("reveals secrets at any depth", () => {
        assert.deepEqual(reveal({ a: secret({ b: [secret("c")] }) }), { a: { b: ["c"] } });
    });
});
