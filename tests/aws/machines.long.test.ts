import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsBed } from "./awsBed";
import type { Values } from "./standIn/api";
import { resources } from "./standIn/resources";

// The stand-in's machines by themselves: what a real one does that the stories rest on.

describe("an instance of the stand-in", function () {
    this.timeout(300_000);
    let bed: AwsBed;
    let dir: string;
    let eni: string;
    let volume: string;
    let first: string;
    const create = async (word: string, inputs: Values) => {
        const [, resource] = Object.entries(resources).find(([type]) => type.endsWith(`:${word}`))!;
        return (await resource.create(bed.world, inputs)).id;
    };
    const instance = () => resources["aws:ec2/instance:Instance"]!;
    const key = (name: string) => readFileSync(join(dir, name), "utf8");
    const booted = (id: string) =>
        bed.until(id, "systemctl is-active -q cloud-final ssh && test -e /run/cloud-init/result.json");

    before(async () => {
        bed = await AwsBed.make("machines");
        dir = mkdtempSync(join(tmpdir(), "garage-aws-keys-"));
        for (const name of ["host", "login"])
            execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, name)]);
        eni = await create("NetworkInterface", { subnetId: bed.subnets[0] });
        volume = await create("Volume", { availabilityZone: "eu-west-1a", size: 1, type: "gp3" });
    });
    after(async () => {
        await bed?.purge();
        if (dir) rmSync(dir, { recursive: true, force: true });
    });

    const data = () =>
        `#cloud-config\n${JSON.stringify({
            ssh_keys: { ed25519_private: key("host"), ed25519_public: key("host.pub") },
            ssh_authorized_keys: [key("login.pub").trim()],
            runcmd: ["date +%N >>/root/first-boot"],
        })}\n`;
    const inputs = (more: Values = {}): Values => ({
        ami: "ami-0aaaaaaaaaaaaaaa1",
        instanceType: "t3.medium",
        primaryNetworkInterface: { networkInterfaceId: eni },
        userData: data(),
        ...more,
    });
    const login = (line: string) => {
        const address = bed.look().enis[eni]!.privateIp;
        const known = join(dir, "known");
        execFileSync("sh", ["-c", `printf '%s %s' '${address}' "$(cut -d ' ' -f 1,2 '${dir}/host.pub')" >'${known}'`]);
        const options = [
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            `UserKnownHostsFile=${known}`,
            "-o",
            "ConnectTimeout=10",
        ];
        return execFileSync("ssh", ["-i", join(dir, "login"), ...options, `admin@${address}`, line], {
            encoding: "utf8",
        });
    };
    const link = (id: string) => `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace("-", "")}`;

    it("boots by its user data: its key is the one given, of no other kind, and admin may become root", async () => {
        first = await create("Instance", inputs());
        await booted(first);
        assert.equal(login("sudo -n id -u").trim(), "0");
        assert.equal((await bed.on(first, "ls /etc/ssh/ssh_host_*_key")).trim(), "/etc/ssh/ssh_host_ed25519_key");
        assert.equal((await bed.on(first, "wc -l </root/first-boot")).trim(), "1");
    });

    it("gets a volume when it has booted, blank, by its id; a grown one is seen larger", async () => {
        await create("VolumeAttachment", { instanceId: first, volumeId: volume, deviceName: "/dev/sdf" });
        await bed.until(first, `test -b ${link(volume)}`);
        assert.equal((await bed.on(first, `blkid -p ${link(volume)} || echo blank`)).trim(), "blank");
        await bed.on(
            first,
            `mkfs.ext4 -q ${link(volume)} && mkdir /mnt/v && mount ${link(volume)} /mnt/v && echo kept >/mnt/v/file`,
        );
        await resources["aws:ebs/volume:Volume"]!.update(bed.world, volume, { size: 2 }, ["size"]);
        assert.equal((await bed.on(first, `blockdev --getsize64 ${link(volume)}`)).trim(), String(2 * 2 ** 30));
    });

    it("keeps its root over a change of its type, runs no user data again, and has its volume at boot", async () => {
        await instance().update(bed.world, first, inputs({ instanceType: "t3.large" }), ["instanceType"]);
        await booted(first);
        assert.equal((await bed.on(first, "wc -l </root/first-boot")).trim(), "1");
        assert.equal(
            (await bed.on(first, `mount ${link(volume)} /mnt/v && cat /mnt/v/file && umount /mnt/v`)).trim(),
            "kept",
        );
        assert.equal(login("true"), "");
    });

    it("is followed by one with a blank root, the same address and key, and the volume as it was", async () => {
        await instance().remove(bed.world, first, {});
        const second = await create("Instance", inputs());
        await create("VolumeAttachment", { instanceId: second, volumeId: volume, deviceName: "/dev/sdf" });
        await booted(second);
        assert.equal(login("cat /mnt/v/file 2>/dev/null || echo no").trim(), "no");
        await bed.until(second, `test -b ${link(volume)}`);
        assert.equal((await bed.on(second, `mount ${link(volume)} /mnt && cat /mnt/file`)).trim(), "kept");
    });

    it("installs what it lacks by apt", async () => {
        login("! command -v jq && sudo apt-get -q update && sudo apt-get -q install -y jq && jq --version");
    });
});
