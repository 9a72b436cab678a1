import { strict as assert } from "node:assert";
import { bash } from "./support";

/** Several calls of the rule in one awk. */
function asked(calls: string[]): number[] {
    const ran = bash(`awk "$FEWER"'BEGIN { ${calls.map((call) => `print ${call}`).join("; ")} }'`);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout.trim().split("\n").map(Number);
}

describe("how many entries of a table may be fewer", () => {
    const explained: [string, number, number, number, number][] = [
        ["no tombstone waits: none", 1_000_000, 0, 0, 0],
        ["no tombstone waits, whatever the time: none", 1_000_000, 0, 48, 0],
        ["a queue as long as the table, at once: a hundredth", 1_000_000, 999_999, 0, 10_000],
        [
            "a queue as long as the table, an hour later: twice what comes due, and that hundredth",
            1_000_000,
            999_999,
            1,
            93_333,
        ],
        ["a queue as long as the table, a day later: never more than half", 1_000_000, 999_999, 24, 500_000],
        ["a short queue: no more than it held", 1_000_000, 7, 24, 7],
        ["a small table: half of it", 30, 30, 0, 15],
        ["a table of some hundred: a hundred", 500, 500, 0, 100],
        ["the only entry stays", 1, 5, 24, 0],
        ["an empty table", 0, 5, 24, 0],
    ];
    it("in a roll and after a major upgrade", () => {
        assert.deepEqual(
            asked(explained.map(([, had, queue, hours]) => `fewer_explained(${had}, ${queue}, ${hours})`)),
            explained.map((row) => row[4]),
            explained.map(([what]) => what).join("; "),
        );
    });

    it("in a conversion: none, but what comes due in the last moment of a long queue", () => {
        assert.deepEqual(
            asked([0, 9, 999, 1_000, 999_999].map((queue) => `fewer_converted(${queue})`)),
            [0, 0, 0, 1, 999],
        );
    });

    it("where the user has said so: what the queues held, and never all", () => {
        assert.deepEqual(
            asked([
                "fewer_waived(1000, 999)",
                "fewer_waived(1000, 5000)",
                "fewer_waived(1000, 0)",
                "fewer_waived(0, 0)",
                "fewer_waived(0, 9)",
            ]),
            [999, 999, 0, 0, 0],
        );
    });
});
