import { type Change, idOf, inEach, left, node, type Row, SERIES, silent } from "./support";

// What both gates of a roll look at.

/** Series that tell partitions and workers; that keep a history of layouts. */
export const told = SERIES.slice(1);
export const late = SERIES.slice(3);

export const unseen = (by: string, whom: string): Change =>
    node(by, (daemon) => {
        daemon.answersThrough = daemon.answersThrough!.filter((id) => id !== idOf(whom).slice(0, 16));
    });

export const errors = (name: string, resyncErrors: number, needed: number) =>
    node(name, (daemon) => {
        Object.assign(daemon.queues!, { resyncErrors });
        if (daemon.blockErrors) daemon.blockErrors = { needed, unneeded: resyncErrors - needed };
    });

/** Who sees whom, in all series. */
export const VIEWS = (id: string): Row[] => [
    ...inEach("all see all", SERIES, []),
    ...inEach(
        "one doesn't reach another",
        SERIES,
        [unseen("rome", "paris")],
        `${id}: not every node sees every node (rome sees 2 of 3)`,
    ),
    ...inEach(
        "one that is HEALTHY in status and answers nobody isn't seen",
        SERIES,
        [unseen("paris", "rome"), unseen("london", "rome")],
        `${id}: not every node sees every node (london sees 2 of 3, paris sees 2 of 3)`,
    ),
    ...inEach(
        "one is silent",
        SERIES,
        [silent("rome", "status", ["sees"])],
        `${id}: not every node sees every node (rome doesn't answer)`,
    ),
    ...inEach(
        "one takes too long",
        SERIES,
        [silent("rome", "status", ["sees"], "does not answer within 20 s")],
        `${id}: not every node sees every node (rome does not answer within 20 s)`,
    ),
    ...inEach(
        "one talks nonsense",
        SERIES,
        [silent("rome", "status", ["sees"], "answers what isn't understood")],
        `${id}: not every node sees every node (rome answers what isn't understood)`,
    ),
    ...inEach(
        "one has no document",
        SERIES,
        [(world) => Object.assign(world.nodes, { rome: null })],
        `${id}: not every node sees every node (rome doesn't answer)`,
    ),
    ...inEach(
        "nobody answers through one: it reaches itself",
        SERIES,
        [node("rome", (daemon) => Object.assign(daemon, { answersThrough: [] }))],
        `${id}: not every node sees every node (rome sees 1 of 3)`,
    ),
    ...inEach("one without a role needn't answer", SERIES, [
        unseen("paris", "rome"),
        node("paris", (daemon) => Object.assign(daemon.sees![2]!, { role: false })),
    ]),
    ...inEach("one that is left out needn't be seen", SERIES, [unseen("paris", "rome"), left("rome")]),
];
