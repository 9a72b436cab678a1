import assert from "node:assert/strict";
import { HOP_STEPS } from "../../../sdk/procedures/hop";
import { Bed } from "../../support/bed";
import { ClusterProject } from "../../support/clusterProject";
import { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const STEPS = HOP_STEPS.full.map(({ number, verb }) => `${number}-${verb}`);
const BEFORE_MIGRATE = STEPS.slice(0, 6);
/** What a snapshot of a host's disk would hold of Garage. */
const DISK = "etc/garage-node opt/garage var/lib/garage";
const S3_OFF = "! curl --silent --output /dev/null http://127.0.0.1:3900/";

// Doesn't prove: a power loss. A killed container, as a killed process, leaves what it wrote to the kernel.
describe("major upgrades cut in every step", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let round = 0;

    const declare = (stateVersion: string, version: string, majorUpgrade: Record<string, unknown> = {}, more = {}) =>
        cluster.declare(
            cluster.args({ stateVersion, version, majorUpgrade: { drain: "settled", ...majorUpgrade }, ...more }),
        );
    /** Where a step's verb is held as it begins: those for the whole cluster run on the first node. */
    const holdIn = (step: string) => {
        const { verb, scope } = HOP_STEPS.full.find((each) => `${each.number}-${each.verb}` === step)!;
        return bed.hold(scope === "cluster" ? "london" : "paris", verb);
    };
    /** `pulumi up`, killed in a step. */
    const upKilledIn = async (step: string, also?: () => Promise<boolean>) =>
        cluster.upKilledAt(await holdIn(step), also);
    const anyMigrates = async () => {
        const ledgers = await Promise.all(NODES.map((node) => bed.sh(node, "garage-node ledger show")));
        return ledgers.some((ledger) => /^migrating |^passed migrate$/m.test(ledger));
    };
    const all = async (line: string) => {
        for (const node of NODES) await bed.sh(node, line);
    };
    const isWhole = async (version: string) => {
        await cluster.isSettled();
        for (const node of NODES) assert.equal(await bed.release(node), version, node);
        await store.intact();
        round++;
        await store.put(NODES[round % 3]!, `written-in-round-${round}`, 150_000);
    };

    before(async () => {
        bed = await Bed.make("hopfaults", NODES);
        cluster = await ClusterProject.make(bed);
        declare("0.8", "0.8.7");
        await cluster.up();
        store = await Store.make(bed, "london");
        await store.fill("london");
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    it("a host that reboots while all repair their blocks is told again: nothing waits for what it has forgotten", async () => {
        const { nodeIds } = (await cluster.outputs()) as { nodeIds: Record<string, string> };
        const peers = NODES.map((name) => `peer ${name} ${nodeIds[name]} ${bed.hosts[name]!.address}:3901 storage in`);
        // The steps' own function; it is held between the launch and the wait for its end, as small stores are repaired at once.
        const repair = bed.try(
            "london",
            `set -euo pipefail
for file in /opt/garage-node/current/lib/*.sh; do source "$file"; done
set_paths
SHEET_LINES=(${peers.map((line) => `"${line}"`).join(" ")})
current_find
eval "$(declare -f wait_launched | sed '1s/.*/waits()/')"
wait_launched() { touch /run/launched; until [ -e /run/go-on ]; do sleep 0.1; done; waits "$@"; }
repair_rows blocks`,
        );
        await bed.until("london", "[ -e /run/launched ]", 60);
        await bed.power("rome", "kill");
        await bed.power("rome", "start");
        await bed.until("rome", "garage-manage status >/dev/null 2>&1", 60);
        await bed.sh("london", "touch /run/go-on");
        const { code, stderr } = await repair;
        assert.equal(code, 0, stderr);
        assert.match(stderr, /rome was away, or its daemon has started anew: repair blocks is launched there again/);
    });

    it("0.8 → 0.9, a host killed and started when step 1 has begun to repair: the step ends all the same", async () => {
        declare("0.8", "0.9.3");
        let rebooted = false;
        const hold = await holdIn("2-quiesce");
        const killed = await cluster.upKilled(async (output) => {
            if (!rebooted && /repair tables on 3 nodes/.test(output)) {
                rebooted = true;
                await bed.power("rome", "kill");
                await bed.power("rome", "start");
            }
            return hold.reached();
        });
        await hold.letGo();
        assert.ok(rebooted && killed);
        declare("0.8", "0.8.7");
        await cluster.up();
        await isWhole("0.8.7");
    });

    for (const step of BEFORE_MIGRATE)
        it(`0.8 → 0.9, Pulumi killed in ${step}, then version back: the old release, every object`, async () => {
            declare("0.8", "0.9.3");
            await upKilledIn(step);
            declare("0.8", "0.8.7");
            await cluster.up();
            await isWhole("0.8.7");
        });

    it("a step by --target, and others by --continue-on-error, never get past a step that hasn't passed", async () => {
        declare("0.8", "0.9.3");
        const pids = await bed.daemons();
        for (const step of ["5-halt-paris", "7-migrate-rome", "9-resume-london"]) {
            const { code } = await cluster.project.update("--target", `**store-0.8-to-0.9-${step}`);
            assert.notEqual(code, 0, step);
            assert.deepEqual(await bed.daemons(), pids);
        }
        // `halt` of one node fails: something stands where its backup belongs.
        await bed.sh("rome", "mount --bind -o ro /var/lib/garage-backups /var/lib/garage-backups");
        await cluster.upFails(/5-halt-rome\):[\s\S]*rome: .*\[backup-failed\]/, "--continue-on-error");
        await bed.sh("rome", "umount /var/lib/garage-backups");
        assert.equal(await anyMigrates(), false);
        declare("0.8", "0.8.7");
        await cluster.up();
        await isWhole("0.8.7");
    });

    it("keeps a snapshot of a node for later", async () => {
        await bed.sh("paris", `systemctl stop garage && tar -C / -cf /root/old.tar ${DISK} && systemctl start garage`);
        await cluster.isSettled();
    });

    it("killed in 7-migrate: no way back but the backups, and nothing serves; a higher patch release goes on, a lower one doesn't", async () => {
        declare("0.8", "0.9.3");
        await upKilledIn("7-migrate", anyMigrates);
        declare("0.8", "0.8.7");
        await cluster.upFails(/hop-begun/);
        await all(S3_OFF);
        declare("0.8", "0.9.4");
        await upKilledIn("8-verify");
        await all(S3_OFF);
        declare("0.8", "0.9.3");
        await cluster.upFails(/release-lower|hop-/);
        await all(S3_OFF);
        declare("0.8", "0.9.4");
        await upKilledIn("9-resume");
        await cluster.up();
        await isWhole("0.9.4");
    });

    it("between the end and the move of stateVersion: a rotated key and other time limits touch no daemon, another release is refused", async () => {
        const pids = await bed.daemons();
        await bed.rotateKey();
        declare("0.8", "0.9.4", {}, { healthTimeoutSeconds: 200 });
        await cluster.up();
        await cluster.isSettled();
        declare("0.8", "0.9.3");
        await cluster.previewFails(/set-state-version-first/);
        await cluster.upFails(/release-lower/);
        declare("0.9", "0.9.4");
        await cluster.up();
        assert.deepEqual(await bed.daemons(), pids);
        await isWhole("0.9.4");
    });

    it("a node set back to its snapshot of 0.8 runs for itself: the cluster on 0.9 neither hears it nor loses anything", async () => {
        const back = (archive: string) =>
            `systemctl stop garage && cd / && find ${DISK} -mindepth 1 -delete && tar -xf /root/${archive} && systemctl start garage`;
        await bed.sh("paris", `systemctl stop garage && tar -C / -cf /root/new.tar ${DISK}`);
        await bed.sh("paris", back("old.tar"));
        await bed.until("paris", "garage-manage stats | grep 0.8.7", 30);
        const [own, ...others] = ["paris", "london", "rome"].map((node) => bed.sh(node, "garage-manage node id -q"));
        const ids = (await Promise.all(others)).map((id) => id.trim());
        for (const id of ids) await bed.try("paris", `garage-manage node connect ${id}`);
        const short = (await own!).slice(0, 16);
        await bed.until("london", `garage-manage status | sed -n '/FAILED/,$p' | grep ${short}`, 60);
        await bed.until("paris", `garage-manage status | sed -n '/FAILED/,$p' | grep ${ids[0]!.slice(0, 16)}`, 60);
        await store.put("london", "written-beside-a-snapshot", 200_000);
        await store.intact(["london", "rome"]);
        const pids = await bed.daemons();
        declare("0.9", "0.9.4", {}, { logLevel: "garage=debug" });
        await cluster.upFails(/paris: .*0\.8/);
        assert.deepEqual(await bed.daemons(), pids);
        declare("0.9", "0.9.4");
        await bed.sh("paris", back("new.tar"));
        await cluster.up();
        await isWhole("0.9.4");
    });

    it("0.9 → 1, a host and Pulumi killed in every step: forward all the same, every object", async () => {
        declare("0.9", "1.2.0");
        for (const step of STEPS) {
            await upKilledIn(step);
            await bed.power("rome", "kill");
            await bed.power("rome", "start");
        }
        await cluster.up();
        declare("1", "1.2.0");
        await cluster.up();
        await isWhole("1.2.0");
    });

    it("1 → 2 the short way, killed in 5-halt, back, and forward again", async () => {
        declare("1", "2.4.0", { strategy: "short" });
        await upKilledIn("5-halt");
        declare("1", "1.2.0", { strategy: "short" });
        await cluster.up();
        await isWhole("1.2.0");
        declare("1", "2.4.0", { strategy: "short" });
        await upKilledIn("7-migrate", anyMigrates);
        await cluster.up();
        declare("2", "2.4.0");
        await cluster.up();
        await isWhole("2.4.0");
    });

    it("goes back by the backups of all nodes, after the end of the hop too", async () => {
        await all("systemctl stop garage");
        for (const node of NODES) {
            const backup = (await bed.sh(node, "ls -d /var/lib/garage-backups/1-to-2-*")).trim().split("\n").at(-1)!;
            assert.match((await bed.try(node, `garage-node restore ${backup}`)).stderr, /restore-loses/);
            await bed.sh(node, `garage-node restore ${backup} even-if-finished`);
        }
        const release = (await cluster.project.resources())["store-release"]!;
        assert.equal((await cluster.project.pulumi("state", "delete", release.urn, "--yes")).code, 0);
        declare("1", "1.2.0");
        await cluster.up();
        // What was written after the backup is gone; everything older is there.
        store.written.delete(`written-in-round-${round}`);
        await isWhole("1.2.0");
    });
});
