import { deepStrictEqual } from "node:assert";
import { inOneLine } from "../../../sdk/garage/want";
import { wantChanges } from "../../../sdk/plan/wantChanges";

const sheet = (want: object) => `lines 3\ncluster c\nwant ${inOneLine(want)}\n`;
const changes = (before: object, now: object) => wantChanges(sheet(before), sheet(now));
const right = (accessKeyId: string, more: object) => ({
    accessKeyId,
    read: false,
    write: false,
    owner: false,
    ...more,
});

describe("what a preview says of a bucket or a key that changes", () => {
    for (const [what, before, now, said] of [
        ["nothing", { aliases: ["a"] }, { aliases: ["a"] }, []],
        ["names", { aliases: ["a", "b"] }, { aliases: ["b", "ü"] }, ['aliases: + "ü"', 'aliases: - "a"']],
        [
            "a quota",
            { quotas: { maxSizeBytes: 5, maxObjects: null } },
            { quotas: null },
            ['quotas: {"maxSizeBytes":5} → none'],
        ],
        [
            "rights",
            { keys: [right("GK1", { read: true }), right("GK2", { owner: true })] },
            { keys: [right("GK1", { read: true, write: true }), right("GK3", { read: true })] },
            [
                'keys: {"accessKeyId":"GK1","read":true} → {"accessKeyId":"GK1","read":true,"write":true}',
                'keys: + {"accessKeyId":"GK3","read":true}',
                'keys: - {"accessKeyId":"GK2","owner":true}',
            ],
        ],
        [
            "the first rule of days",
            { lifecycle: null },
            { lifecycle: [{ id: "tmp/", prefix: "tmp/", expireAfterDays: 7 }] },
            ['lifecycle: + {"id":"tmp/","prefix":"tmp/","expireAfterDays":7}'],
        ],
        ["a flag", { exclusive: false }, { exclusive: true }, ["exclusive: false → true"]],
        ["a rotation", { rotate: null }, { rotate: "1" }, ['rotate: none → "1"']],
    ] as const)
        it(`says ${what}`, () => deepStrictEqual(changes(before, now), [...said]));

    it("says nothing where a sheet is a secret, not known yet, or none", () => {
        for (const other of [undefined, { secret: 1 }, "lines 1\n", "want {", 'want {"a":}'])
            deepStrictEqual(wantChanges(other, sheet({ aliases: ["a"] })), []);
    });
});
