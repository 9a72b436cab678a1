import { strict as assert } from "node:assert";
import { napping, type Ran, World } from "../world/world";

export const OLD = "1.2.0-aaaa";
export const NEW = "1.3.0-bbbb";

export const DAEMON = napping(120);

export const FACTS = "items.bucket 2\nitems.object 30\ngc.object 3\nmerkle 0\ninsert 0\nresync_errors 0\n";

const names = ["london", "paris", "rome"];
const idOf = (name: string) => String(names.indexOf(name) + 1).repeat(64);
export const peers = (without: string[] = []) =>
    names.map((n, i) => `peer ${n} ${idOf(n)} 10.0.0.${i + 1}:3901 storage ${without.includes(n) ? "without" : "in"}`);
export const lines = (releases: string[]) =>
    releases.map((release, i) => `line ${names[i]} e${i} ${release} x86_64:abc${release}`);

export const sheet = (
    without: string[] = [],
    releases = ["1.3.0", "1.3.0", "1.3.0"],
    more = ["replicationfactor 3"],
) => ["node london", ...more, ...peers(without), ...lines(releases)];

/** Figures of a node, `items.<table> N` and so on, as lines of the fake cluster; blocks with errors have that many references. */
const figures = (text: string, id: string, references: string) =>
    [...text.matchAll(/^(\S+) (\d+)$/gm)].flatMap(([, key, n]) => {
        const [what, table] = key!.split(".");
        if (key !== "resync_errors") return `table ${id} ${table ?? "object"} ${what} ${n}`;
        const blocks = Array.from({ length: Number(n) }, (_, i) => `block ${id} ${`b${i}`.repeat(32)} ${references}`);
        return [`queue ${id} errors ${n}`, ...blocks];
    });

/** What a test says of the cluster, in a word: lines that come into it, in the place of those that begin as the second says. */
const TROUBLE: Record<string, [lines: string[], instead?: RegExp]> = {
    "rome-down": [[`node ${idOf("rome")} rome 10.0.0.3:3901 1.3.0 lmdb down`], /^node \S+ rome /],
    degraded: [["partitions 256 200 256"], /^partitions /],
    staged: [["parameters"]],
    unsettled: [["history 2 current 3 0", "history 1 draining 3 0", `tracker ${idOf("rome")} 2 1 1`]],
    syncing: [[`worker ${idOf("rome")} Busy 3 - - object sync`]],
    uncounted: [[`hangs ${idOf("london")} stats --detailed`]],
};
/** How a daemon of a generation starts: `<word>-<generation>`. */
const STARTS: Record<string, string> = { broken: "silent", refused: "refused", held: "mute" };

/** Node london of three, on release 1.2.0 and staged for 1.3.0. */
export class RollHost {
    private readonly world: World;
    /** By generation. */
    private readonly facts = new Map<string, string>();
    private readonly starts = new Map<string, Set<string>>();
    private references = "1";

    constructor(
        files: Record<string, string> = {},
        ledger: Record<string, string> = {},
        options = "",
        [old, next] = [OLD, NEW],
    ) {
        const [release] = old!.split("-") as [string];
        this.world = new World(release, names);
        this.generation(next!, { release: next!.split("-")[0]!, engine: this.world.cluster.nodes[0]!.engine });
        this.starts.set(old!, new Set());
        this.world.ledger({
            series: this.world.cluster.series,
            release,
            engine: this.world.cluster.nodes[0]!.engine,
            generation: old!,
            staged: next!,
            ...ledger,
        });
        this.world.activate(ledger.generation ?? old!);
        this.world.options(options.trimEnd());
        // The last node of a roll.
        for (const node of this.world.cluster.nodes.slice(1)) node.release = next!.split("-")[0]!;
        this.world.tell();
        this.file("facts", FACTS);
        for (const [path, content] of Object.entries(files)) if (path !== "mute") this.file(path, content);
        this.world.start();
        if ("mute" in files) this.file("mute", "");
        this.file("calls", "");
    }

    get root(): string {
        return this.world.root;
    }

    /** One of the words above, or a file of the host. */
    file(path: string, content: string, mode = 0o644): void {
        const [, word, of] = /^(facts|broken|refused|held)(?:-(.+))?$/.exec(path) ?? [];
        if (word === "facts") {
            this.facts.set(of ?? "", content);
            if (!of) this.tellFacts();
        } else if (word) this.starts.set(of!, new Set([...(this.starts.get(of!) ?? []), STARTS[word]!]));
        else if (path in TROUBLE) this.change(...TROUBLE[path]!);
        else if (path === "errors") {
            this.references = content;
            this.tellFacts();
        } else if (path === "repairs") this.world.write("fake/repairs", `${content.split("\t")[0]}\n`);
        else if (path === "repair")
            this.change(
                [`worker ${idOf("london")} ${content.split("\t")[0]} - - - Block repair worker`],
                /^worker 1+ .*repair worker/,
            );
        else if (path === "full") this.world.write("fake/free", "3\n");
        else if (path === "converted") this.world.write("fake/converted", content);
        else if (path === "calls") this.world.remove("fake/acts");
        else if (path === "mute")
            this.world.write("proc/net/tcp", this.world.read("proc/net/tcp").replace(/^.*:0F3C .*\n/m, ""));
        else this.world.write(path, content, mode);
        this.tellStarts();
    }

    remove(path: string): void {
        const [, word, of] = /^(broken|refused|held)-(.+)$/.exec(path) ?? [];
        if (word) this.starts.get(of!)!.delete(STARTS[word]!);
        else if (path === "rome-down")
            this.change([`node ${idOf("rome")} rome 10.0.0.3:3901 1.3.0 lmdb up`], /^node \S+ rome /);
        else if (path === "up") {
            this.world.stop();
            this.file("calls", "");
        } else this.world.remove(path);
        this.tellStarts();
    }

    generation(id: string, info: Record<string, string>): void {
        this.world.generation(id, info.release!, info.engine!);
        this.starts.set(id, this.starts.get(id) ?? new Set());
    }

    read(path: string): string {
        return this.world.read(path);
    }

    roll(words: string, release = "1.3.0", without: string[] = [], releases = [release, release, release]): Ran {
        return this.verb(`roll ${words}`, sheet(without, releases), DAEMON);
    }

    verb(line: string, sheet: string[], fakes: string): Ran {
        return this.world.verb(line, sheet, fakes);
    }

    /** What was done to daemons; what all of them were told, once. */
    calls(): string[] {
        const back = `node connect ${idOf("london")}@`;
        const acts = this.world
            .acts()
            .map((act) => (act.startsWith(back) ? "connect-back" : act.replace("repair --yes", "repair")))
            .filter((act) => !act.startsWith("node connect"));
        return acts.filter((act, i) => act !== acts[i - 1]);
    }

    /** How often a daemon was asked that. */
    asked(question: string): number {
        return this.world.calls().filter((call) => call.endsWith(` ${question}`)).length;
    }

    ledger(key: string): string[] {
        return this.world.recorded(key);
    }

    history(): string[] {
        return this.world.history();
    }

    /** Refused with that id and in these words, before anything was touched. */
    refused(ran: Ran, id: string, words: RegExp): void {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.ok(!this.calls().includes("stop"), "it was stopped");
        assert.deepEqual(this.ledger("act"), []);
    }

    done(): void {
        this.world.done();
    }

    private change(lines: string[], instead?: RegExp, id = ""): void {
        const kept = this.world
            .read("fake/cluster")
            .trimEnd()
            .split("\n")
            .filter((line) => !(instead?.test(line) && line.includes(id)));
        this.world.write("fake/cluster", `${[...kept, ...lines].join("\n")}\n`);
        if (lines.some((line) => line.startsWith("hangs"))) this.world.write("fake/slow", "");
    }

    private tellFacts(): void {
        for (const id of names.map(idOf))
            this.change(figures(this.facts.get("")!, id, this.references), /^(queue|block|table) \S+ /, id);
    }

    private tellStarts(): void {
        for (const [generation, words] of this.starts) {
            const text = this.facts.get(generation) ?? this.facts.get("")!;
            this.world.write(
                `fake/starts/${generation}`,
                `${[...words, ...figures(text, idOf("london"), this.references)].join("\n")}\n`,
            );
        }
    }
}

/** What a node goes through on its way to the new release, and back. */
export const SWITCH = ["stop", `start ${NEW}`, "connect-back"];
export const BACK = ["stop", `start ${OLD}`, "connect-back"];
