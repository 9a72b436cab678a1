import { strict as assert } from "node:assert";
import { unseen, VIEWS } from "./roll";
import { changed, facts, inEach, judges, left, node, SERIES, silent, verdicts } from "./support";

// Who sees whom.

judges("views", [
    ...VIEWS("views-incomplete"),
    [
        "0.7: with a node left out status has to do",
        changed(
            "0.7",
            left("rome"),
            node("paris", (daemon) => Object.assign(daemon, { answersThrough: [] })),
        ),
    ],
    [
        "0.8: with a node left out too each must answer",
        changed(
            "0.8",
            left("rome"),
            node("paris", (daemon) => Object.assign(daemon, { answersThrough: [] })),
        ),
        "views-incomplete: not every node sees every node (paris sees 1 of 2)",
    ],
    [
        "of no nodes nothing is true",
        changed("1", (world) => Object.assign(world, { peers: [] })),
        "views-incomplete!: no nodes were named",
    ],
    [
        "of nodes that are all left out nothing is true",
        changed("1", left("london"), left("paris"), left("rome")),
        "views-incomplete!: no nodes were named",
    ],
]);

it("views note who is to connect to whom", () => {
    const rows = inEach("", SERIES, [
        unseen("rome", "paris"),
        unseen("rome", "london"),
        silent("paris", "status", ["sees"]),
    ]);
    const down = [unseen("rome", "london"), unseen("paris", "london"), facts({ except: "london" })];
    const worlds = [...rows, ...inEach("", SERIES.slice(1), down), ...inEach("", SERIES, [])].map(([, world]) => world);
    const wanted = worlds.map((_, i) => (i < SERIES.length ? ["connect rome london", "connect rome paris"] : []));
    for (const judge of ["views", "gate-before", "gate-after"]) {
        for (const { facts } of worlds) Object.assign(facts, { free: "1000" });
        assert.deepEqual(
            verdicts(judge, worlds).map(({ note }) => note),
            wanted,
            judge,
        );
    }
});
