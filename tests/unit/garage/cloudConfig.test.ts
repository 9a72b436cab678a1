import assert from "node:assert/strict";
import { cloudConfig } from "../../../sdk/garage/cloudConfig";

const given = {
    hostKey: "-----BEGIN X-----\nk\n-----END X-----\n",
    hostKeyPublic: "ssh-ed25519 HOST",
    loginKey: "ssh-ed25519 LOGIN",
};

// What cloud-init makes of it is seen where it runs: tests/aws.
describe("the user data of a machine on AWS", () => {
    const text = cloudConfig(given);
    const config = JSON.parse(text.slice(text.indexOf("\n")));

    it("is a cloud-config, far below AWS's limit", () => {
        assert.match(text, /^#cloud-config\n/);
        assert.ok(Buffer.byteLength(text) < 4096);
    });

    it("is the host's one key, and no other one", () => {
        assert.deepEqual(config.ssh_keys, { ed25519_private: given.hostKey, ed25519_public: given.hostKeyPublic });
        assert.equal(config.ssh_deletekeys, true);
    });

    it("lets one login in by key, with sudo, and keeps keys off the console", () => {
        const [user, ...others] = config.users;
        assert.deepEqual(
            [user.name, user.ssh_authorized_keys, user.sudo, others],
            ["admin", [given.loginKey], "ALL=(ALL) NOPASSWD:ALL", []],
        );
        assert.deepEqual([config.ssh_pwauth, user.lock_passwd, config.ssh.emit_keys_to_console], [false, true, false]);
    });

    it("runs nothing: what isn't there can't run twice", () => {
        for (const key of ["runcmd", "bootcmd", "write_files", "packages", "disk_setup", "mounts"])
            assert.equal(config[key], undefined, key);
    });
});
