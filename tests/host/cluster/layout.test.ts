import { strict as assert } from "node:assert";
import { A, applied, B, C, D, E, LayoutHost, PEERS, SIX, THREE } from "./layoutDaemon";
import { bash } from "./support";

// The decisions, against a Garage of a few lines of shell. That real ones take these very words is shown by the end-to-end tests.

const short = (id: string) => id.slice(0, 16);

describe("tags of a layout", () => {
    it("are sorted by their bytes, whatever is in them", () => {
        const sorted = (tags: string) => bash(`layout_tags '${tags}' tags; echo "$tags"`).stdout;
        assert.equal(sorted("node=rome,b c,B,a,*,ab,a"), "*,B,a,a,ab,b c,node=rome\n");
        assert.equal(sorted("node=rome"), "node=rome\n");
        assert.equal(sorted("b,,a,"), ",,a,b\n");
        assert.equal(sorted(""), "\n");
    });
});

describe("garage-node layout", function () {
    this.timeout(60_000);
    let host: LayoutHost;
    const world = (...what: ConstructorParameters<typeof LayoutHost>) => {
        host = new LayoutHost(...what);
    };
    afterEach(() => host.done());

    it("assigns all nodes by their full ids, in bytes, and applies once", () => {
        world({});
        const ran = host.layout(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "1\n", ran.stderr);
        assert.deepEqual(host.calls(), [
            `layout assign ${A} -z lon -c 1000000000000B -t node=london`,
            `layout assign ${B} -z par -c 1000000000000B -t node=paris`,
            `layout assign ${C} -z rom -c 1000000000000B -t node=rome`,
            "layout apply --version 1",
        ]);
        assert.match(host.ledger("layout")[0]!, /^1 [0-9a-f]{16} 2$/);
        assert.equal(host.history().length, 1);
    });

    for (const theirs of ["5", ""])
        it(`makes no layout of its own on a node that ${theirs ? "doesn't know the others' yet" : "can't ask for the others'"}`, () => {
            world({});
            host.says(
                "paris",
                "layout show",
                theirs ? `Current cluster layout version: ${theirs}\n` : "nobody knows\n",
            );
            host.says(
                "paris",
                "json-api GetClusterLayout",
                theirs ? `{"version": ${theirs}, "roles": [], "stagedRoleChanges": []}\n` : "{}\n",
            );
            host.refused(host.layout(`sv=2 rf=3 ${THREE}`), "layout-unknown", /this node/);
        });

    it("finds nothing to do the second time, and answers the same", () => {
        world({});
        host.layout(`sv=2 rf=3 ${THREE}`);
        const before = host.calls();
        const ran = host.layout(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "1\n");
        assert.match(ran.stderr, /as asked, version 1; nothing to do/);
        assert.deepEqual(host.calls(), before);
        assert.equal(host.history().length, 1);
    });

    it("turns bytes into whole GiB, at least one, up to series 0.8", () => {
        world({ series: "0.8" });
        host.layout("sv=0.8 rf=3 london=z:1000000000000 paris=z:10000000 rome=z:1610612736");
        assert.deepEqual(
            host.calls().map((call) => / -c (\S+)/.exec(call)?.[1]),
            ["931", "1", "2", undefined],
        );
    });

    it("gives gateways no capacity, and nodes the user's tags", () => {
        world({});
        host.layout("sv=2 rf=2 london=lon:1000000000:ssd+fast paris=par:1000000000 rome=rom:gateway");
        assert.equal(host.calls()[0], `layout assign ${A} -z lon -c 1000000000B -t node=london -t ssd -t fast`);
        assert.equal(host.calls()[2], `layout assign ${C} -z rom -g -t node=rome`);
    });

    describe("of nodes that were taken over, which have no tag of ours", () => {
        const roles = applied().map((line, at) => line.replace(/ node=.*/, at === 2 ? " their" : ""));
        const asked = `${THREE}:their`;

        for (const adopted of ["waiting", "taken"])
            it(`finds nothing to do (${adopted})`, () => {
                world({ version: 4, roles, ledger: { adopted } });
                const ran = host.layout(`sv=2 rf=3 ${asked}`);
                assert.equal(ran.stdout, "4\n", ran.stderr);
                assert.deepEqual(host.calls(), []);
            });

        for (const [what, words] of [
            ["zone", asked.replace("=par:", "=lyon:")],
            ["capacity", asked.replace("par:1", "par:2")],
            ["tag", `${THREE}:other`],
            ["node", `${asked} amsterdam=ams:1000000000000`],
        ] as const)
            it(`refuses another ${what} as long as the takeover goes on`, () => {
                world({ version: 4, roles, ledger: { adopted: "waiting" } });
                host.refused(
                    host.layout(`sv=2 rf=3 ${words}`, [], SIX.slice(0, 4)),
                    "adopt-layout-differs",
                    /adoption moves no data/,
                );
            });

        it("get it once all are taken over, where it is asked for, beside the tags that they have", () => {
            world({ version: 4, roles, ledger: { adopted: "waiting" } });
            assert.equal(host.layout(`sv=2 rf=3 ${asked}`, ["tagnodes later"]).stdout, "4\n");
            host.record({ adopted: "taken", layout: host.ledger("layout")[0]! });
            const ran = host.layout(`sv=2 rf=3 ${asked}`, ["tagnodes now"]);
            assert.equal(ran.stdout, "5\n", ran.stderr);
            assert.deepEqual(host.calls(), [
                `layout assign ${A} -z lon -c 1000000000000B -t node=london`,
                `layout assign ${B} -z par -c 1000000000000B -t node=paris`,
                `layout assign ${C} -z rom -c 1000000000000B -t node=rome -t their`,
                "layout apply --version 5",
            ]);
            for (const lines of [["tagnodes now"], []])
                assert.equal(host.layout(`sv=2 rf=3 ${asked}`, lines).stdout, "5\n");
        });

        const rome = [...PEERS.slice(0, 2), `peer rome ${D} 10.0.0.4:3901 storage in`];

        it("replaces one only while all others have everything, as any node", () => {
            world({ version: 4, roles, ledger: { adopted: "taken" } });
            const asks = "layout_others_in_sync() { fail sync-busy 'nothing was touched'; }";
            const ran = host.layout(`sv=2 rf=3 ${asked}`, [`replace rome ${C}`], rome, asks);
            host.refused(ran, "sync-busy", /nothing/);
        });

        it("replaces one at a time, as any node", () => {
            world({ version: 4, roles, ledger: { adopted: "taken" } });
            const two = [PEERS[0]!, `peer paris ${E} 10.0.0.5:3901 storage in`, rome[2]!];
            const ran = host.layout(`sv=2 rf=3 ${asked}`, [`replace rome ${C}`, `replace paris ${B}`], two);
            host.refused(ran, "layout-replace-one", /one at a time/);
        });

        it("leaves the others as they are where the first node is a new one, which was never taken over", () => {
            world({ version: 4, roles: [`${D} lon 1000000000000 node=old`, ...roles.slice(1)] });
            const first = `peer london ${A} 10.0.0.1:3901 storage in`;
            const ran = host.layout(`sv=2 rf=3 ${asked}`, [`replace london ${D}`], [first, ...PEERS.slice(1)]);
            assert.equal(ran.stdout, "5\n", ran.stderr);
            assert.deepEqual(host.calls(), [
                "repair tables",
                `layout assign ${A} -z lon -c 1000000000000B -t node=london --replace ${D}`,
                "layout apply --version 5",
            ]);
        });

        it("changes a node as ever afterwards, and leaves the others as they are", () => {
            world({ version: 4, roles, ledger: { adopted: "taken" } });
            assert.equal(host.layout(`sv=2 rf=3 ${asked}`).stdout, "4\n");
            const ran = host.layout(`sv=2 rf=3 ${asked.replace("par:1", "par:2")}`);
            assert.equal(ran.stdout, "5\n", ran.stderr);
            assert.deepEqual(host.calls(), [
                `layout assign ${B} -z par -c 2000000000000B -t node=paris`,
                "layout apply --version 5",
            ]);
        });
    });

    it("obeys no engine that lost its stack's lock: another layout was asked for since", () => {
        world({
            version: 4,
            roles: applied(),
            ledger: { asked: "0123456789abcdef new1", cluster: "c1", node: "london" },
        });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`, ["joined new1 3 nodes"]).stdout, "4\n");
        const changed = THREE.replace("par:1", "par:2");
        host.refused(host.layout(`sv=2 rf=3 ${changed}`, ["joined old1 3 nodes"]), "stale-call", /old1.*new1/);
        assert.equal(host.layout(`sv=2 rf=3 ${changed}`, ["joined new1 3 nodes"]).stdout, "5\n");
    });

    it("says that data will move when a capacity changes, and assigns that node only", () => {
        world({ version: 4, roles: applied() });
        host.layout(`sv=2 rf=3 ${THREE}`);
        const ran = host.layout(`sv=2 rf=3 ${THREE.replace("par:1000000000000", "par:2000000000000")}`);
        assert.equal(ran.stdout, "5\n");
        assert.match(ran.stderr, /data will move/);
        assert.deepEqual(host.calls(), [
            `layout assign ${B} -z par -c 2000000000000B -t node=paris`,
            "layout apply --version 5",
        ]);
    });

    it("doesn't overwrite what another hand has staged", () => {
        world({ version: 1, roles: applied(), changes: [`${D} mil 5 x`] });
        host.refused(host.layout(`sv=2 rf=3 ${THREE}`), "layout-staged", /4444444444444444 mil 5 x/);
        host.done();
        world({ version: 1, roles: applied(), changes: [`${D} mil 5 x`] });
        host.refused(host.layout(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`), "layout-staged", /4444/);
    });

    it("goes on where an interrupted call of its own had staged a part", () => {
        world({ changes: [`${A} lon 1000000000000 node=london`] });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "1\n");
    });

    it("refuses when another hand has applied a layout since, and names what differs", () => {
        world({});
        host.layout(`sv=2 rf=3 ${THREE}`);
        const before = host.calls().length;
        host.roles(
            applied().map((row) => row.replace("rom ", "mil ")),
            2,
        );
        const ran = host.layout(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:3")}`);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /left version 1, it is 2 now.*\[layout-foreign\]/);
        assert.equal(host.calls().length, before);
    });

    it("changes no role of a layout that it has no record of: somebody's own change would go with it", () => {
        world({ version: 2, roles: applied().map((role) => role.replace(`${B} par 1`, `${B} par 7`)) });
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE}`),
            "layout-foreign",
            /no record of the layout.*role of paris differs/,
        );
        // A new node alone is no role that was there.
        host.roles(applied());
        const more = SIX.slice(0, 4);
        assert.equal(host.layout(`sv=2 rf=3 amsterdam=ams:5000000000 ${THREE}`, [], more).stdout, "3\n");
    });

    it("takes another hand's layout when it is what is asked for", () => {
        world({ version: 7, roles: applied(), ledger: { layout: "1 0000000000000000 2" } });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "7\n");
        assert.match(host.ledger("layout")[0]!, /^7 /);
    });

    it("doesn't take a version raised by a revert (up to 0.9) for a change", () => {
        world({ series: "0.9" });
        host.layout(`sv=0.9 rf=3 ${THREE}`);
        host.lines((line) => !line.startsWith("layout "), "layout 3");
        assert.equal(host.layout(`sv=0.9 rf=3 ${THREE.replace("lon:1", "lon:3")}`).stdout, "4\n");
    });

    it("never takes a storage node out, nor makes it a gateway", () => {
        world({ version: 1, roles: [...applied(), `${D} mil 5 node=milan`] });
        host.refused(host.layout(`sv=2 rf=3 ${THREE}`), "layout-drop", /milan .*holds data/);
        host.done();
        world({ version: 1, roles: applied() });
        host.refused(
            host.layout("sv=2 rf=2 london=lon:1000000000000 paris=par:1000000000000 rome=rom:gateway"),
            "layout-drop",
            /rome holds data/,
        );
    });

    it("gives a gateway data, as it does a new node", () => {
        world({ version: 1, roles: [...applied().slice(0, 2), `${C} rom gateway node=rome`] });
        host.layout(`sv=2 rf=2 ${THREE.replace("rom:1000000000000", "rom:gateway")}`);
        const ran = host.layout(`sv=2 rf=2 ${THREE}`);
        assert.equal(ran.stdout, "2\n");
        assert.match(ran.stderr, /data will move/);
        assert.equal(host.calls()[0], `layout assign ${C} -z rom -c 1000000000000B -t node=rome`);
    });

    it("takes a gateway of its own out, and leaves a foreign one alone", () => {
        world({ version: 1, roles: [...applied(), `${D} mil gateway node=milan`] });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "2\n");
        assert.equal(host.calls()[0], `layout remove ${short(D)}`);
        host.done();
        world({ version: 1, roles: [...applied(), `${D} mil gateway hand`] });
        host.refused(host.layout(`sv=2 rf=3 ${THREE}`), "layout-foreign", /was not put there from here/);
    });

    it("changes nothing while a node is left out", () => {
        world({ version: 1, roles: applied() });
        const dead = [...PEERS.slice(0, 2), PEERS[2]!.replace(/in$/, "without")];
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`, [], dead).stdout, "1\n");
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`, [], dead),
            "layout-without",
            /rome is left out/,
        );
    });

    it("makes no first layout while a storage node is left out, which may be all that is left of a cluster", () => {
        world({});
        const out = (role: string) => [...PEERS, `peer amsterdam ${D} 10.0.0.4:3901 ${role} without`];
        const four = (capacity: string) => `sv=2 rf=3 amsterdam=ams:${capacity} ${THREE}`;
        const ran = host.layout(four("5000000000"), [], out("storage"));
        host.refused(ran, "layout-without", /amsterdam is left out.*no layout yet.*new, empty cluster/);
        assert.equal(host.layout(four("gateway"), [], out("gateway")).stdout, "1\n");
    });

    it("needs as many storage nodes as there are copies", () => {
        world({});
        host.refused(
            host.layout("sv=2 rf=3 london=z:5000000000 paris=z:5000000000"),
            "layout-too-small",
            /2 storage nodes/,
        );
    });

    const after08 = applied(String(931 * 1024 ** 3));

    it("leaves capacities alone after 0.8 → 0.9 until stateVersion says 0.9", () => {
        world({ series: "0.9", version: 1, roles: after08 });
        assert.equal(host.layout(`sv=0.8 rf=3 ${THREE}`).stdout, "1\n");
        assert.deepEqual(host.calls(), []);
    });

    it("assigns the real bytes then, though the record is from 0.8", () => {
        world({ series: "0.8" });
        host.layout(`sv=0.8 rf=3 ${THREE}`);
        host.series("0.9", after08);
        const ran = host.layout(`sv=0.9 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "4\n", ran.stderr);
        assert.match(ran.stderr, /data will move/);
        assert.equal(host.calls().filter((call) => call.includes("-c 1000000000000B")).length, 3);
    });

    it("changes no zone while stateVersion is behind the data", () => {
        world({ series: "0.9", version: 1, roles: after08 });
        host.refused(
            host.layout(`sv=0.8 rf=3 ${THREE.replace("lon:", "ber:")}`),
            "layout-state-version",
            /set stateVersion first/,
        );
    });

    const open = { hopstate: "open", hop: "1-to-2" };

    it("touches nothing while a major upgrade is open, and refuses another layout then", () => {
        world({ version: 3, roles: applied(), ledger: open });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "3\n");
        assert.deepEqual(host.calls(), []);
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`),
            "hop-open",
            /another layout is asked for/,
        );
    });

    it("judges by its record when Garage is down in a major upgrade", () => {
        world({});
        host.layout(`sv=2 rf=3 ${THREE}`);
        const record = host.ledger("layout")[0]!;
        host.done();
        world({ down: true, ledger: { ...open, layout: record } });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "1\n");
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`),
            "hop-open",
            /another layout is asked for/,
        );
    });

    it("touches nothing when Garage doesn't answer", () => {
        world({ down: true });
        host.refused(host.layout(`sv=2 rf=3 ${THREE}`), "daemon-silent", /no process runs/);
    });
});
