import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, FakeHost } from "./support";

const HOP = "0.8-to-0.9";
const ORDERS = ["-delete", "-exec", "-fprintf", "-fls", "-quit", "--help", "-rf", "*", "a b", "$(id)"];

describe("what the user garage put into the metadata before a hop", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.ledger(attempt(HOP, ["quiesce"]));
    });
    afterEach(() => host.remove());
    const halt = () => host.verb(`halt ${HOP}`, host.sheet("0"));

    it("file names that are orders to find, du, cp or mv are names: they are backed up, and come back", async () => {
        for (const name of ORDERS) {
            writeFileSync(join(host.meta, name), name);
            mkdirSync(join(host.meta, `${name}.d`));
            writeFileSync(join(host.meta, `${name}.d`, name), name);
        }
        const ran = await halt();
        assert.equal(ran.code, 0, ran.log);
        const backup = host.recorded("backup")[0]!;
        const restored = await host.verb(`restore ${backup}`);
        assert.equal(restored.code, 0, restored.log);
        for (const name of ORDERS)
            for (const at of [join(backup, "metadata"), host.meta]) {
                assert.equal(readFileSync(join(at, name), "utf8"), name, name);
                assert.equal(readFileSync(join(at, `${name}.d`, name), "utf8"), name, name);
            }
        assert.equal(readFileSync(join(host.meta, "db/db"), "utf8"), "rows\n");
    });

    it("a name of several lines: restore puts it aside as anything else, and comes to its end", async () => {
        assert.equal((await halt()).code, 0);
        const odd = ["a\nb", "\n", "garage-node.ledger\nx", "c\u001b[2J"];
        for (const name of odd) writeFileSync(join(host.meta, name), name);
        const restored = await host.verb(`restore ${host.recorded("backup")[0]} even-if-finished`);
        assert.equal(restored.code, 0, restored.log);
        const aside = readdirSync(host.meta).find((name) => name.startsWith("before-restore-"))!;
        for (const name of odd) {
            assert.ok(!existsSync(join(host.meta, name)));
            assert.equal(readFileSync(join(host.meta, aside, name), "utf8"), name);
        }
        assert.equal(readFileSync(join(host.meta, "db/db"), "utf8"), "rows\n");
    });

    it("a name that would be another one in a list of names: refused while everything still runs", async () => {
        host.generation("0.9.4-new", "0.9.4");
        const ask = () => host.verb(`call hop_conditions ${host.root}/opt/garage/generations/0.9.4-new`);
        for (const name of ["one\netc", "db/two\nlines", "back\\slash"]) {
            writeFileSync(join(host.meta, name), "x");
            assert.match((await ask()).log, /or its name is no name.*\[metadata-links\]/s);
            assert.match((await halt()).log, /\[backup-failed\]/);
            execFileSync("rm", [join(host.meta, name)]);
            host.ledger(attempt(HOP, ["quiesce"]));
            await host.started();
        }
        assert.equal((await ask()).code, 0);
    });

    it("a link in the place of what verify compares with: refused by name, and followed by nobody", async () => {
        const proof = join(host.meta, `garage-node.proof-${HOP}`);
        writeFileSync(join(host.root, "elsewhere"), "bucket x\n");
        symlinkSync(join(host.root, "elsewhere"), proof);
        const holds = 'proof_holds 0 || { echo "$LAST_SEEN"; }';
        host.write("holds.sh", `HOP=${HOP}; ${holds}`);
        const ran = await host.verb(`call source ${host.root}/holds.sh`, host.sheet("0"));
        assert.match(ran.stdout, new RegExp(`${proof} is a link`));
        host.write("write.sh", `HOP=${HOP}; proof_write mine`);
        assert.match((await host.verb(`call source ${host.root}/write.sh`)).log, /is a link.*\[unreadable\]/);
        assert.equal(readFileSync(join(host.root, "elsewhere"), "utf8"), "bucket x\n");
    });

    it("a link where restore copies to: nothing goes through it, and the node key is root's own again", async () => {
        await halt();
        const backup = host.recorded("backup")[0]!;
        mkdirSync(join(host.root, "elsewhere"));
        host.write(
            "planted.sh",
            `rm() { command rm "$@"; case "$*" in */restore-new) ln -s ${host.root}/elsewhere ${host.meta}/restore-new ;; esac; }
source ${process.cwd()}/sdk/host/restore.sh
verb_restore ${backup}`,
        );
        assert.match((await host.verb(`call source ${host.root}/planted.sh`)).log, /\[restore-failed\]/);
        assert.deepEqual(readdirSync(join(host.root, "elsewhere")), []);
        assert.equal((await host.verb(`restore ${backup}`)).code, 0);
        assert.ok(!existsSync(join(host.meta, "restore-new")));
        assert.equal(statSync(join(host.meta, "node_key.pub")).mode & 0o777, 0o440);
    });

    it("a link where migrate keeps the old database: nothing goes through it", async () => {
        mkdirSync(join(host.root, "elsewhere/db"), { recursive: true });
        symlinkSync(join(host.root, "elsewhere"), join(host.meta, `before-${HOP}`));
        host.write(
            "aside.sh",
            `source ${process.cwd()}/sdk/host/migrate.sh; migrate_aside ${host.meta}/db ${host.meta}/before-${HOP}`,
        );
        assert.match(
            (await host.verb(`call source ${host.root}/aside.sh`)).log,
            /not root's own directory.*\[convert-failed\]/,
        );
        assert.ok(existsSync(join(host.root, "elsewhere/db")) && existsSync(join(host.meta, "db/db")));
    });

    it("a source that comes out of the backup again is copied where nobody else may enter, and over nothing that lies in its place", async () => {
        await halt();
        const again = (plant: string) => {
            host.write(
                "again.sh",
                `cp() { stat -c %a -- "$(dirname -- "\${!#}")" >>${host.root}/modes; command cp "$@"; }
rm() { command rm "$@"; case "$*" in */meta/db) ${plant} ;; esac; }
source ${process.cwd()}/sdk/host/migrate.sh; migrate_source_again ${host.meta}/db`,
            );
            return host.verb(`call source ${host.root}/again.sh`);
        };
        mkdirSync(join(host.root, "elsewhere"));
        const planted = `mkdir ${host.meta}/db && ln -s ${host.root}/elsewhere ${host.meta}/db/sub`;
        assert.match((await again(planted)).log, /can't copy db out of the backup.*\[convert-failed\]/);
        assert.deepEqual(readdirSync(join(host.root, "elsewhere")), []);
        writeFileSync(join(host.meta, "db/db"), "opened\n");
        const ran = await again(":");
        assert.equal(ran.code, 0, ran.log);
        assert.equal(readFileSync(join(host.meta, "db/db"), "utf8"), "rows\n");
        assert.equal(readFileSync(join(host.root, "modes"), "utf8"), "700\n700\n");
        assert.ok(!existsSync(join(host.meta, "restore-source")));
    });
});

describe("a hop where the root disk is full", () => {
    for (const step of ["quiesce", "halt"])
        it(`${step}: refused while everything still runs, for what comes behind the stop finds no room`, async () => {
            const host = await new FakeHost().started();
            host.ledger(attempt(HOP, [step === "halt" ? "quiesce" : "preflight"]));
            host.tell("free-kb", "3");
            const ran = await host.verb(`${step} ${HOP}`, host.sheet("0.8.7"));
            assert.match(ran.log, /only 3 MiB are free in .*nothing was stopped.*\[disk-space\]/);
            assert.deepEqual(host.seen("acts"), []);
            host.remove();
        });
});
