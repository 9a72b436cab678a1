import { strict as assert } from "node:assert";
import { World } from "../world/world";
import { FakeHost } from "./support";
import { workers } from "./tables";

/** Garage's ids as the fake knows them: their first four digits. */
const [PARIS, LONDON, ROME] = ["1111", "2222", "3333"] as const;

// Doesn't prove that a daemon forgets its repairs with its process (seen on 0.8.7 to 2.5.0), nor that hosts reboot like this: hopFaults does.
describe("a repair of all nodes", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
    });
    afterEach(() => host.remove());

    const repair = (what: string, before = "") => {
        host.write("repair.sh", `${before}\n${what}\nanswer ended`);
        return host.verb(`call source ${host.root}/repair.sh`, host.sheet("0.9.4"));
    };
    /** Does something on the host once a repair has been launched, before the first look at it. */
    const behindLaunch = (line: string) =>
        `eval "$(declare -f wait_launched | sed '1s/.*/waits()/')"
wait_launched() { [ -e "${host.root}/once" ] || { : >"${host.root}/once"; ${line}; }; waits "$@"; }`;
    const away = (node: string, calls: number) => behindLaunch(`echo ${calls} >"${host.root}/state/away.${node}"`);
    const launched = (node: string) => host.seen("launched").filter((line) => line.startsWith(node)).length;

    it("is launched once on each, where nothing happens meanwhile", async () => {
        assert.equal((await repair("repair_tables; repair_rows blocks")).stdout, "ended");
        assert.deepEqual(
            host.seen("launched").sort(),
            [PARIS, LONDON, ROME].flatMap((node) => [`${node} blocks`, `${node} tables`]),
        );
    });

    for (const [when, looks] of [
        ["before it was seen at work", 1],
        ["when it was seen done, while another node is at work", 2],
    ] as const)
        it(`blocks: a host that starts anew ${when} is told again, alone`, async () => {
            host.tell(`starts-anew.${ROME}`, `${looks}\n`);
            // London isn't done before rome has been told again.
            host.tell(
                "workers.2222",
                `${workers()}50   Busy   Version repair worker         -      0        -      -       -       \n`,
            );
            const ends = `nap() { SECONDS=$((SECONDS + 10)); }
say() { printf '%s\\n' "$*" >&2; case "$*" in *rome*"launched there again"*) sed -i s/Busy/Done/ ${host.root}/state/workers.2222 ;; esac; }`;
            const ran = await repair("repair_rows blocks", ends);
            assert.equal(ran.stdout, "ended", ran.log);
            assert.match(
                ran.log,
                /rome was away, or its daemon has started anew: repair blocks is launched there again/,
            );
            assert.deepEqual([launched(PARIS), launched(LONDON), launched(ROME)], [1, 1, 2]);
        });

    it("blocks: old rows that say Done, gone with their process, don't hide that ours never was", async () => {
        await repair("repair_rows blocks; repair_rows blocks");
        host.forget("launched");
        host.tell(`starts-anew.${ROME}`, "2\n");
        const ran = await repair("repair_rows blocks");
        assert.equal(ran.stdout, "ended", ran.log);
        assert.deepEqual([launched(LONDON), launched(ROME)], [1, 2]);
    });

    it("blocks: a node that answers late isn't told twice", async () => {
        const ran = await repair("repair_rows blocks", away(ROME, 3));
        assert.equal(ran.stdout, "ended", ran.log);
        assert.equal(launched(ROME), 1);
    });

    it("tables leave no row: a node that was away meanwhile is told again", async () => {
        const ran = await repair("repair_tables", away(ROME, 2));
        assert.equal(ran.stdout, "ended", ran.log);
        assert.deepEqual([launched(LONDON), launched(ROME)], [1, 2]);
    });

    it("that a node didn't launch is launched there when it answers, and once on the others", async () => {
        host.tell(`away.${ROME}`, "2\n");
        const ran = await repair("repair_tables");
        assert.equal(ran.stdout, "ended", ran.log);
        assert.deepEqual([launched(PARIS), launched(LONDON), launched(ROME)], [1, 1, 1]);
    });

    it("that a node never launches: refused", async () => {
        host.option("healthTimeoutSeconds 1");
        host.tell(`away.${ROME}`, "1000\n");
        assert.match(
            (await repair("repair_tables")).log,
            /not launched everywhere \(rome: did not launch it\) \[repair-not-launched\]/,
        );
    });

    it("isn't waited for where a host doesn't come back, and says the ways out", async () => {
        host.option("repairTimeoutSeconds 100000");
        const fast = `clock() { give "$((SECONDS * 100))" "$1"; }`;
        const ran = await repair("repair_rows blocks", `${away(ROME, 1000)}\n${fast}`);
        assert.match(
            ran.log,
            /can't end: rome has not answered for 300 s\. Bring that host back.*leave it out \(without\) \[repair-unfinished\]/,
        );
    });
});

// Doesn't prove that a scrub finds what is corrupt: rolls does.
describe("a scrub of all nodes", () => {
    let world: World;
    afterEach(() => world.done());

    /** Time goes by naps only; `then` happens in the first one. */
    const scrub = (then: string) =>
        world.lib(`NOW=0
clock() { give "$NOW" "$1"; }
nap() { NOW=$((NOW + 5)); ${then}; }
scrub
answer scrubbed`);

    for (const release of ["0.8.7", "1.3.0", "2.5.0"])
        it(`${release}: is told to each node, and what was known before is no finding`, () => {
            world = new World(release);
            world.cluster.node("rome").queue.corruptions = 2;
            world.started();
            const ran = scrub(":");
            assert.equal(ran.stdout, "scrubbed\n", ran.stderr);
            const told = world.calls().filter((call) => call.includes("repair"));
            assert.deepEqual(
                told.sort(),
                ["1", "2", "3"].map((id) => `${id.repeat(16)} repair --yes scrub start`),
            );
        });

    it("one that finds something is refused, and named", () => {
        world = new World().started();
        const rome = world.cluster.node("rome").id;
        assert.match(
            scrub(`echo "queue ${rome} corruptions 1" >>"$FAKE/cluster"`).stderr,
            /found corrupt blocks \(rome: 1 corrupt blocks, before 0\).*\[scrub-corruptions\]/,
        );
    });

    it("one that doesn't answer is refused before anything is told", () => {
        world = new World();
        world.cluster.node("rome").up = false;
        world.started();
        assert.match(
            scrub(":").stderr,
            /not every node says .*rome: no answer about corrupt blocks.*\[scrub-corruptions\]/,
        );
        assert.ok(!world.calls().some((call) => call.includes("repair")));
    });
});
