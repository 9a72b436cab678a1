import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { AwsHost } from "./awsHost";
import { METADATA } from "./fakeHost";

const GARAGE = 64001;

// The real chown, stat and setpriv, with numbers that no user of this machine has; so this test is root's.
describe("what the user garage could do to root on a volume", function () {
    this.timeout(120_000);

    it("is nothing: its root, the mark, the copies and the backups are root's", () => {
        const host = new AwsHost();
        host.garageIs(GARAGE);
        host.bringUp("2.5.0");
        execFileSync("chown", ["-R", `${GARAGE}:${GARAGE}`, host.path(`${METADATA}/db.lmdb`)]);
        const [meta, data] = [host.meta.root, host.data.root];
        host.asGarage(
            `echo x >${meta}/meta/own; echo x >${data}/data/own; cat ${meta}/garage-node.volume >/dev/null || true`,
        );
        for (const act of [
            `echo x >${meta}/new`,
            `ln -s /etc/passwd ${data}/new`,
            `rm -f ${meta}/garage-node.volume`,
            `mv ${data}/garage-node.volume ${data}/x`,
            `echo x >${data}/garage-node.volume`,
            `mv ${meta}/meta ${meta}/other`,
            `ls ${meta}/kept`,
            `ls ${meta}/backups`,
            `rm -rf ${meta}/kept`,
            `rm -f ${meta}/meta/garage-node.ledger`,
        ])
            assert.throws(() => host.asGarage(act), act);
        for (const path of [meta, data, `${meta}/kept`, `${meta}/backups`, `${meta}/garage-node.volume`])
            assert.equal(lstatSync(path).uid, process.getuid!(), path);
        // The fake Garage notes what it is asked, whoever runs it.
        execFileSync("sh", ["-c", 'chmod a+rwx "$0" && chmod a+rw "$0"/calls "$0"/cluster', host.fake]);
        assert.equal(host.leave("bbb222").code, 0);
        host.renew();
        host.garageIs(GARAGE + 1);
        host.write("fake/calls", "");
        execFileSync("chmod", ["a+rw", `${host.fake}/calls`]);
        const run = host.back("bbb222", "bbb222 0a1b2c3d");
        assert.equal(run.code, 0, run.stderr);
        // Under its new number the node has its files again, and root's stay root's.
        assert.match(run.stderr, /has the number 64002 here, and had 64001: its files are handed over/);
        assert.equal(lstatSync(`${data}/data/own`).uid, GARAGE + 1);
        assert.equal(lstatSync(host.path("opt/garage/generations/2.5.0-aa/garage.toml")).uid, GARAGE + 1);
        assert.equal(lstatSync(`${meta}/meta/garage-node.ledger`).uid, process.getuid!());
        host.remove();
    });
});
