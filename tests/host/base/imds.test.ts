import * as assert from "node:assert/strict";
import { AwsHost } from "./awsHost";
import { assertRefused } from "./fakeHost";

describe("the metadata service of a machine that the cluster made", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());
    const dropIn = "etc/systemd/system/garage.service.d/50-garage-node.conf";
    const denied = "IPAddressDeny=169.254.169.254 fd00:ec2::254\n";

    it("is closed to the daemon by its unit", () => {
        host = AwsHost.made("2.5.0");
        assert.ok(host.read(dropIn).endsWith(denied));
        assert.deepEqual(
            host.calls().filter((call) => call.startsWith("nft")),
            [],
        );
    });

    for (const why of ["deny-has-no-effect", "no-route"])
        it(`is closed by a packet rule too where that can't be seen to work (${why}), at each start anew`, () => {
            host = new AwsHost();
            host.write(`fake/${why}`, "");
            assertRefused(host.host(), "imds-open", /neither by systemd's IPAddressDeny nor by nft/);
            host.write("fake/nft", "");
            host.bringUp("2.5.0");
            const rule = host.read("etc/garage-node/imds.nft");
            const gid = String(process.getuid!());
            assert.ok(rule.includes(`meta skuid ${gid} ip daddr 169.254.169.254 reject`), rule);
            assert.ok(rule.includes(`meta skuid ${gid} ip6 daddr fd00:ec2::254 reject`), rule);
            assert.ok(host.calls().includes(`nft -f ${host.path("etc/garage-node/imds.nft")}`));
            assert.match(
                host.read(dropIn),
                new RegExp(`${denied}ExecStartPre=\\+/\\S+/nft -f /etc/garage-node/imds.nft\n$`),
            );
        });

    it("isn't touched on a host that the cluster didn't make", () => {
        host = AwsHost.made("2.5.0");
        assert.ok(host.read(dropIn).includes("IPAddressDeny"));
        host.lib("sed -i '/^machine/d' $ETC/claim; write_drop_in 2.5.0-aa");
        assert.ok(!host.read(dropIn).includes("IPAddressDeny"));
    });
});
