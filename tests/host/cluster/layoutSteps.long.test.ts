import { strict as assert } from "node:assert";
import { applied, C, D, F, LayoutHost, PEERS, SIX, THREE } from "./layoutDaemon";

// Up to 0.9 Garage reads from the newest version's nodes only. That its reads find everything on this way, and not on the short one, was
// seen on 0.9.4: three nodes more in three zones, half of all reads failed for ten minutes, and none of 5,386.

describe("garage-node layout up to 0.9: one storage node after the other", function () {
    this.timeout(60_000);
    let host: LayoutHost;
    const world = (...what: ConstructorParameters<typeof LayoutHost>) => {
        host = new LayoutHost(...what);
    };
    afterEach(() => host.done());

    /** What each version assigned, as `name=zone:capacity`, and what was waited for. */
    const steps = () => {
        const names: Record<string, string> = {
            1: "london",
            2: "paris",
            3: "rome",
            4: "amsterdam",
            5: "berlin",
            6: "cairo",
        };
        const found: string[][] = [[]];
        for (const call of host.calls()) {
            const assigned = /^layout assign (.).* -z (\S+) (?:-c (\d+)B?|-g)/.exec(call);
            if (assigned) found.at(-1)!.push(`${names[assigned[1]!]}=${assigned[2]}:${assigned[3] ?? "gateway"}`);
            else if (call.startsWith("layout apply")) found.push([]);
            else found.at(-1)!.push(call);
        }
        return found.map((step) => step.join(" ")).filter((step) => step !== "");
    };
    const plain = (zones: string[]) =>
        ["amsterdam", "berlin", "cairo"].map((name, i) => `${name}=${zones[i]}:1000000000000`).join(" ");

    it("makes the first layout in one version, and waits for nothing", () => {
        world({ series: "0.9" });
        assert.equal(host.layout(`sv=0.9 rf=3 ${THREE}`).stdout, "1\n");
        assert.deepEqual(steps(), ["london=lon:1000000000000 paris=par:1000000000000 rome=rom:1000000000000"]);
    });

    it("lets the tables follow after each version, and the blocks before the next one", () => {
        world({ series: "0.8", version: 1, roles: applied("931") });
        host.waits(D, 20);
        const ran = host.layout(`sv=0.8 rf=3 ${THREE} ${plain(["ams", "ber", "cai"])}`, [], SIX);
        assert.equal(ran.stdout, "4\n", ran.stderr);
        assert.deepEqual(steps(), [
            "amsterdam=ams:931",
            "repair tables repair blocks and copy berlin=ber:931",
            "repair tables repair blocks and copy cairo=cai:931",
            "repair tables",
        ]);
    });

    it("goes straight on where no block has to follow", () => {
        world({ series: "0.9", version: 1, roles: applied() });
        host.layout(`sv=0.9 rf=3 ${THREE} ${plain(["ams", "ber", "cai"])}`, [], SIX);
        assert.ok(!host.calls().some((call) => call.startsWith("repair blocks")));
        assert.equal(host.calls().filter((call) => call === "repair tables").length, 3);
    });

    it("lets the blocks follow also before the answer, where there is one copy only", () => {
        world({ series: "0.9", version: 1, roles: applied() });
        host.waits(D, 20);
        const ran = host.layout(`sv=0.9 rf=1 ${THREE} amsterdam=ams:5000000000`, [], SIX.slice(0, 4));
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.deepEqual(steps(), ["amsterdam=ams:5000000000", "repair tables repair blocks and copy"]);
    });

    it("changes no other node while a block can't be copied", () => {
        world({ series: "0.9", version: 1, roles: applied() });
        host.waits(D, 20, 1);
        host.options("repairTimeoutSeconds 1");
        const ran = host.layout(`sv=0.9 rf=3 ${THREE} ${plain(["ams", "ber", "cai"])}`, [], SIX);
        assert.match(
            ran.stderr,
            /amsterdam: 1 blocks with resync errors.*no other node is changed now.*\[blocks-missing\]/,
        );
        assert.deepEqual(steps().slice(0, 1), ["amsterdam=ams:1000000000000"]);
        assert.equal(host.calls().filter((call) => call.startsWith("layout apply")).length, 1);
    });

    it("doesn't wait for blocks where that is waived, and says so", () => {
        world({ series: "0.9", version: 1, roles: applied() });
        host.waits(D, 20, 3);
        host.options("skipChecks blocks-missing");
        const ran = host.layout(`sv=0.9 rf=3 ${THREE} ${plain(["ams", "ber", "cai"])}`, [], SIX);
        assert.equal(ran.stdout, "4\n", ran.stderr);
        assert.match(ran.stderr, /waived by skipChecks.*\[blocks-missing\]/);
        assert.ok(!host.calls().some((call) => call.startsWith("repair blocks")));
    });

    it("gives a new node of 0.9 its share of what its zone has, and lets the zones grow afterwards", () => {
        world({ series: "0.9", version: 1, roles: applied() });
        const ran = host.layout(`sv=0.9 rf=3 ${THREE} ${plain(["lon", "par", "rom"])}`, [], SIX);
        assert.equal(ran.stdout, "7\n", ran.stderr);
        assert.deepEqual(
            steps().map((step) => step.replace("repair tables ", "")),
            [
                "london=lon:500000000000 amsterdam=lon:500000000000",
                "paris=par:500000000000 berlin=par:500000000000",
                "rome=rom:500000000000 cairo=rom:500000000000",
                "london=lon:1000000000000 amsterdam=lon:1000000000000",
                "paris=par:1000000000000 berlin=par:1000000000000",
                "rome=rom:1000000000000 cairo=rom:1000000000000",
                "repair tables",
            ],
        );
    });

    it("takes what a node of 0.9 gets more from those of its zone that have more than their share, one node a version", () => {
        const asked =
            "london=dc1:1000000000000 paris=dc1:2000000000000 rome=dc1:3000000000000 amsterdam=dc1:2000000000000";
        world({ series: "0.9" });
        host.layout("sv=0.9 rf=3 london=dc1:1000000000000 paris=dc1:1000000000000 rome=dc1:1000000000000");
        host.forget();
        const ran = host.layout(`sv=0.9 rf=3 ${asked}`, [], SIX.slice(0, 4));
        assert.equal(ran.stdout, "4\n", ran.stderr);
        assert.deepEqual(
            steps().map((step) => step.replace("repair tables ", "")),
            [
                // 3T in the zone; shares of an eighth, a quarter, three eighths, a quarter.
                "london=dc1:910714285714 paris=dc1:964285714286 rome=dc1:1125000000000",
                "london=dc1:375000000000 paris=dc1:750000000000 amsterdam=dc1:750000000000",
                "london=dc1:1000000000000 paris=dc1:2000000000000 rome=dc1:3000000000000 amsterdam=dc1:2000000000000",
                "repair tables",
            ],
        );
    });

    it("gives real capacities after 0.8 → 0.9 in one version a zone", () => {
        world({ series: "0.8" });
        host.layout(`sv=0.8 rf=3 ${THREE}`);
        host.series("0.9", applied(String(931 * 1024 ** 3)));
        assert.equal(host.layout(`sv=0.9 rf=3 ${THREE}`).stdout, "4\n");
        assert.deepEqual(steps(), [
            "london=lon:1000000000000",
            "repair tables paris=par:1000000000000",
            "repair tables rome=rom:1000000000000",
            "repair tables",
        ]);
    });

    it("puts a replaced node exactly into the lost one's place first", () => {
        world({ series: "0.9" });
        host.layout(`sv=0.9 rf=3 ${THREE}`);
        host.forget();
        const other = [...PEERS.slice(0, 2), `peer rome ${F} 10.0.0.6:3901 storage in`, SIX[3]!];
        const asked = `${THREE.replace("rom:1", "rom:2")} amsterdam=ams:1000000000000`;
        const ran = host.layout(`sv=0.9 rf=3 ${asked}`, [`replace rome ${C}`], other);
        assert.equal(ran.stdout, "4\n", ran.stderr);
        assert.equal(host.calls()[1], `layout assign ${F} -z rom -c 1000000000000B -t node=rome --replace ${C}`);
        assert.deepEqual(host.calls().filter((call) => call.startsWith("layout")).length, 6);
    });

    describe("after 0.8 → 0.9, with a host lost on the way", () => {
        const made = applied(String(931 * 1024 ** 3));
        const out = [...PEERS.slice(0, 2), PEERS[2]!.replace(/in$/, "without")];
        const other = [...PEERS.slice(0, 2), `peer rome ${F} 10.0.0.6:3901 storage in`];

        it("real capacities come once it is replaced, in the run that moves stateVersion", () => {
            world({ series: "0.8" });
            host.layout(`sv=0.8 rf=3 ${THREE}`);
            host.series("0.9", made);
            host.refused(
                host.layout(`sv=0.9 rf=3 ${THREE}`, [], out),
                "layout-without",
                /replace it, first \(if stateVersion was moved: in the same run\)/,
            );
            const ran = host.layout(`sv=0.9 rf=3 ${THREE}`, [`replace rome ${C}`], other);
            assert.equal(ran.stdout, "5\n", ran.stderr);
            assert.ok(host.calls()[1]!.endsWith(`-t node=rome --replace ${C}`));
            assert.deepEqual(steps(), [
                "repair tables cairo=rom:999653638144",
                "repair tables london=lon:1000000000000",
                "repair tables paris=par:1000000000000",
                "repair tables cairo=rom:1000000000000",
                "repair tables",
            ]);
        });

        it("they come also where the new node is the first by name, which has no record of the layout", () => {
            const first = (paris = made[1]!) =>
                world({ series: "0.9", version: 1, roles: [made[0]!.replace(/^1+/, D), paris, made[2]!] });
            const ask = () => host.layout(`sv=0.9 rf=3 ${THREE}`, [`replace london ${D}`]);
            first();
            const ran = ask();
            assert.equal(ran.stdout, "5\n", ran.stderr);
            assert.ok(host.calls()[1]!.endsWith(`-t node=london --replace ${D}`));
            host.done();
            first(made[1]!.replace("999653638144", "5368709120"));
            assert.match(ask().stderr, /no record of the layout.*role of paris differs.*\[layout-foreign\]/);
            assert.ok(!host.calls().some((call) => call.startsWith("layout")));
        });
    });

    it("changes gateways and tags along with the first storage node", () => {
        world({ series: "0.9" });
        host.layout(`sv=0.9 rf=2 ${THREE.replace("rom:1000000000000", "rom:gateway")}`);
        host.forget();
        const asked = `${THREE.replace("rom:1000000000000", "rom2:gateway")}:x amsterdam=ams:5000000000 berlin=ber:5000000000`;
        const ran = host.layout(`sv=0.9 rf=2 ${asked}`, [], SIX.slice(0, 5));
        assert.equal(ran.stdout, "3\n", ran.stderr);
        assert.deepEqual(steps().slice(0, 2), [
            "rome=rom2:gateway amsterdam=ams:5000000000",
            "repair tables berlin=ber:5000000000",
        ]);
    });

    describe("cut short", () => {
        const asked = `sv=0.9 rf=3 ${THREE} ${plain(["lon", "par", "rom"])}`;
        const first = () => {
            world({ series: "0.9" });
            host.layout(`sv=0.9 rf=3 ${THREE}`);
            host.forget();
        };
        const last = "layout apply --version 7";

        it("while tables follow, waits for them first, and goes on", () => {
            first();
            host.file("cut");
            assert.equal(host.layout(asked, [], SIX).code, 1);
            assert.equal(host.ledger("layout")[0]!.split(" ")[0], "1");
            assert.equal(host.ledger("moving")[0]!.split(" ")[0], "2");
            host.remove("cut");
            host.forget();
            const ran = host.layout(asked, [], SIX);
            assert.equal(ran.stdout, "7\n", ran.stderr);
            assert.equal(host.calls()[0], "repair tables");
            assert.equal(
                host
                    .calls()
                    .filter((call) => call.startsWith("layout apply"))
                    .at(-1),
                last,
            );
        });

        it("behind the last version, doesn't answer before the tables have followed", () => {
            first();
            host.layout(asked, [], SIX);
            const [record] = host.ledger("layout");
            host.record({ layout: "6 0000000000000000 0.9", moving: record! });
            host.forget();
            host.file("cut");
            assert.equal(host.layout(asked, [], SIX).stdout, "");
            host.remove("cut");
            assert.equal(host.layout(asked, [], SIX).stdout, "7\n");
            assert.deepEqual(host.calls(), ["repair tables", "repair tables"]);
            assert.equal(host.layout(asked, [], SIX).stdout, "7\n");
            assert.equal(host.calls().length, 2);
        });

        it("before a version was applied, goes on with what is staged", () => {
            first();
            const cut = `eval "$(declare -f garage_cli | sed '1s/.*/real_cli()/')"
garage_cli() { [ "$2" != apply ] || exit 1; real_cli "$@"; }`;
            assert.equal(host.layout(asked, [], SIX, cut).code, 1);
            assert.equal(host.layout(asked, [], SIX).stdout, "7\n");
        });

        it("still refuses what another hand has applied meanwhile", () => {
            first();
            host.file("cut");
            host.layout(asked, [], SIX);
            host.forget();
            host.roles(applied().map((row) => row.replace("rom 1", "rom 3")));
            host.refused(host.layout(asked, [], SIX), "layout-foreign", /another hand/);
        });
    });

    it("stays with one version for all from 1.0 on", () => {
        world({ series: "1", version: 1, roles: applied() });
        host.layout(`sv=1 rf=3 ${THREE} ${plain(["lon", "par", "rom"])}`, [], SIX);
        assert.equal(host.calls().filter((call) => call.startsWith("layout apply")).length, 1);
        assert.equal(host.calls().length, 4);
    });
});
