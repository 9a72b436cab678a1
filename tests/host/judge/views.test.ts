import { VIEWS } from "./roll";
import { changed, judges, left, node } from "./support";

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
