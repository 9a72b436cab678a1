import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bed, type Ran } from "../../support/bed";
import { builtPackage } from "../../support/builtPackage";
import { garage, HAND_SECRETS, removeByHand, setUpByHand, WAYS, type Way } from "../../support/byHand";
import { PulumiProject } from "../../support/pulumiProject";

const NODES = ["london", "paris", "rome"];
const RELEASES = ["0.8.7", "0.9.4", "1.3.0", "2.5.0"];

/** The units' filters of the log differ, which is only noted. */
const LOGS = "adopt-log-level";

/** Each way on each host once in three releases. */
const waysOf = (at: number): Way[] => WAYS.map((_, host) => WAYS[(host + at) % WAYS.length]!);

/** Somebody who isn't root, and may be. */
const DEPLOY = `useradd --create-home --shell /bin/bash deploy
echo 'deploy ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/deploy
cp -r /root/.ssh /home/deploy/ && chown -R deploy: /home/deploy/.ssh`;

/** What would tell that somebody was there: processes, files with their times, packages, what Garage is set to. */
const TRACES = `pgrep -x garage; dpkg -l | sha256sum; ls /run /tmp /var/tmp
find /etc /usr /opt /root /srv /home -xdev ! -type d -printf '%p %T@ %C@ %s %m %U:%G\\n' | sort | sha256sum
find /var/lib/garage/ -maxdepth 2 -printf '%p %m %U:%G\\n' | sort
stat -c '%n %y %z' /var/lib/garage/meta/node_key /var/lib/garage/meta/cluster_layout`;

// Doesn't prove: hosts of another distribution, containers as nodes.
describe("inspect, on clusters that were set up by hand", function () {
    this.timeout(600_000);
    let bed: Bed;
    let dir: string;
    const address = (host: string) => `${bed.hosts[host]!.address}:${bed.hosts[host]!.port}`;
    const inspect = (hosts: string[], words: string[] = [], env = process.env, user = "root"): Promise<Ran> => {
        const options = [
            `IdentityFile=${join(dir, "key")}`,
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
        ];
        const ssh = options.flatMap((option) => ["--ssh-option", option]);
        const all = [
            join(builtPackage(), "dist", "cli.js"),
            "inspect",
            ...hosts.map((host) => `${user}@${address(host)}`),
            ...ssh,
            ...words,
        ];
        return new Promise((done) =>
            execFile(process.execPath, all, { cwd: dir, env }, (error, stdout, stderr) =>
                done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
            ),
        );
    };
    const traces = async (hosts: string[]) => {
        // Whoever logs in has the message of the day made anew.
        for (const host of hosts) await bed.bySsh(host, "true");
        return {
            ...Object.fromEntries(await Promise.all(hosts.map(async (host) => [host, await bed.sh(host, TRACES)]))),
            layout: await garage(bed, hosts[0]!, "layout show"),
        };
    };

    before(async () => {
        bed = await Bed.make("inspect", NODES);
        dir = mkdtempSync(join(tmpdir(), "inspect-"));
        writeFileSync(join(dir, "key"), bed.privateKey, { mode: 0o600 });
        await bed.sh("paris", DEPLOY);
    });
    after(async () => {
        await bed?.purge();
        rmSync(dir, { recursive: true, force: true });
    });

    /** With the secrets of the cluster, the program has a preview, of a takeover; and the hosts refuse what it is without `adopt`. */
    const isPreviewedAndRefused = async (program: string, adopt: string, before: object) => {
        const withKey = program
            .replace('"pulumi-garage-cluster"', JSON.stringify(builtPackage()))
            .replace(/ssh: \{/g, `ssh: { privateKey: ${JSON.stringify(bed.privateKey)},`);
        const project = await PulumiProject.create({ files: { "index.ts": withKey, "adopt.json": adopt } });
        try {
            const bin = join(dir, "bin");
            mkdirSync(bin);
            symlinkSync(process.env.PULUMI ?? "/usr/bin/pulumi", join(bin, "pulumi"));
            const env = { ...project.env, PATH: `${bin}:${project.env.PATH}` };
            const set = await inspect(NODES, ["--out", project.dir, "--set-config"], env);
            assert.match(set.stdout, /Set in the stack of .*: rpcSecret, adminToken, metricsToken\.$/m, set.stderr);
            const config = JSON.parse((await project.pulumi("config", "--json", "--show-secrets")).stdout);
            const values = Object.fromEntries(
                Object.entries(config).map(([key, each]) => [key, (each as { value: string }).value]),
            );
            assert.deepEqual(values, {
                "test:rpcSecret": HAND_SECRETS.rpc,
                "test:adminToken": HAND_SECRETS.admin,
                "test:metricsToken": HAND_SECRETS.metrics,
            });
            const preview = await project.preview();
            assert.equal(preview.code, 0, preview.stdout + preview.stderr);
            assert.match(preview.stdout, /Garage 1\.3\.0 runs already, and is taken over/);
            project.write("index.ts", withKey.replace(/^ +adopt: .*\n/m, ""));
            const up = await project.up();
            assert.notEqual(up.code, 0);
            assert.match(up.stdout + up.stderr, /\[garage-foreign\]/);
            const layout = (all: object) => (all as { layout: string }).layout;
            assert.equal(layout(await traces(NODES)), layout(before));
        } finally {
            project.remove();
        }
    };

    it("says of hosts without a Garage, and of one whose Garage doesn't start, what is there", async () => {
        const unit = "[Service]\nExecStart=/bin/false\n";
        await bed.sh(
            "rome",
            `printf '${unit}' >/etc/systemd/system/garage.service; systemctl daemon-reload; systemctl start garage`,
        );
        await bed.until("rome", "systemctl is-failed -q garage", 20);
        const { code, stdout } = await inspect(["london", "rome"]);
        assert.equal(code, 1);
        const failed = /rome.*: no Garage runs there; garage\.service is failed \(failed\)\. .*\[adopt-no-daemon\]/;
        assert.match(stdout, /: no Garage runs there\. .*\[adopt-no-daemon\]/);
        assert.match(stdout.replace(bed.hosts.rome!.address, "rome"), failed);
        await removeByHand(bed, ["rome"]);
    });

    for (const [at, release] of RELEASES.entries())
        it(`${release}, three nodes, ${waysOf(at).join(", ")}: says what runs, writes a program, and leaves no trace`, async () => {
            const gateways = release === "1.3.0" ? ["rome"] : [];
            try {
                await setUpByHand(bed, { release, hosts: NODES, ways: waysOf(at), gateways });
                const before = await traces(NODES);
                const { code, stdout, stderr } = await inspect(NODES, ["--out", join(dir, release)]);
                assert.equal(code, 0, stdout + stderr);
                assert.deepEqual(await traces(NODES), before);
                const program = readFileSync(join(dir, release, "index.ts"), "utf8");
                const adopt = readFileSync(join(dir, release, "adopt.json"), "utf8");
                for (const text of [program, adopt, stdout, stderr])
                    for (const secret of Object.values(HAND_SECRETS)) assert.ok(!text.includes(secret), text);
                assert.deepEqual(Object.keys(JSON.parse(adopt).nodes).sort(), NODES);
                assert.match(program, release === "0.8.7" ? /capacity: "2GiB"/ : /capacity: "1234567k"/);
                assert.match(program, release === "0.8.7" ? /dbEngine: DbEngine.Sled/ : /dbEngine: DbEngine.Lmdb/);
                const inTheWay = [...stdout.matchAll(/\[(adopt-[a-z0-9-]+)\]$/gm)].map(([, id]) => id);
                assert.deepEqual([...new Set(inTheWay)], [LOGS]);
                if (release === "1.3.0") await isPreviewedAndRefused(program, adopt, before);
            } finally {
                await removeByHand(bed, NODES);
            }
        });

    for (const [at, release] of ["0.7.0", ...RELEASES].entries())
        it(`${release}, one node`, async () => {
            try {
                await setUpByHand(bed, { release, hosts: ["paris"], ways: [waysOf(at)[1]!] });
                // There it comes with the first block that is stored.
                if (release === "0.7.0") await bed.sh("paris", "mkdir /var/lib/garage/data");
                const before = await traces(["paris"]);
                const out = join(dir, `${release}-1`);
                const words = ["--language", "yaml", "--out", out];
                const { code, stdout, stderr } = await inspect(["paris"], words, process.env, "deploy");
                assert.equal(code, 0, stdout + stderr);
                assert.deepEqual(await traces(["paris"]), before);
                const program = readFileSync(join(out, "Pulumi.yaml"), "utf8");
                assert.match(program, new RegExp(`version: "${release}"`));
                assert.match(program, /replicationFactor: 1/);
                assert.match(program, /user: "deploy"/);
            } finally {
                await removeByHand(bed, NODES);
            }
        });
});
