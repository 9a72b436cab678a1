import { deepStrictEqual, strictEqual } from "node:assert";
import { parseReleaseWords, releaseWords } from "../../../sdk/plan/record";
import { paris, specOf } from "../support";

describe("the record of what was reached", () => {
    const EXAMPLE = paris({ tags: ["ssd", "dc1"], capacity: "500G" }, { rollOrder: ["rome"], without: ["rome"] });
    const line =
        "2.5.0 stateVersion=2 replicationFactor=3 dbEngine=lmdb metadataDir=/var/lib/garage/meta rpcPort=3901 nodes=london:lon:1000000000000,paris:par:500000000000,rome:rom:1000000000000";

    it("is one line", () => strictEqual(releaseWords(specOf(EXAMPLE)), line));

    it("is read back, with or without the command", () => {
        const expected = {
            version: "2.5.0",
            stateVersion: "2",
            replicationFactor: 3,
            dbEngine: "lmdb",
            metadataDir: "/var/lib/garage/meta",
            rpcPort: 3901,
            nodes: [
                { name: "london", zone: "lon", capacityBytes: 1e12, gateway: false },
                { name: "paris", zone: "par", capacityBytes: 5e11, gateway: false },
                { name: "rome", zone: "rom", capacityBytes: 1e12, gateway: false },
            ],
        };
        for (const prefix of ["", "garage-node release ", "sudo -n garage-node release "])
            deepStrictEqual(parseReleaseWords(prefix + line), expected);
        deepStrictEqual(parseReleaseWords(line.replace("paris:par:500000000000", "paris:par:gateway"))?.nodes[1], {
            name: "paris",
            zone: "par",
            gateway: true,
        });
    });

    const junk: unknown[] = [
        undefined,
        null,
        "",
        "garage-node release",
        { __pulumiUnknown: true },
        3,
        `${line} more=1`,
        line.replace("rome:rom:1000000000000", "rome:rom"),
        line.replace("rome:rom:1000000000000", "rome:rom:12x"),
        line.replace("nodes=", "nodes=,"),
        `echo ${line}`,
        `${line}\n`,
    ];
    junk.forEach((value, index) => {
        it(`is undefined for anything else (${index})`, () => strictEqual(parseReleaseWords(value), undefined));
    });
});
