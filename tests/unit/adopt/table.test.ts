import assert from "node:assert/strict";
import { adoptFile } from "../../../sdk/adopt/adoptFile";
import { join } from "../../../sdk/adopt/cluster";
import { judge } from "../../../sdk/adopt/judge";
import { describe as describeCluster, describeReasons } from "../../../sdk/adopt/table";
import { container, hosts, unit } from "./support";

describe("what is printed", () => {
    it("is a table of nodes, the layout, and where everything lies", () => {
        const cluster = join(
            hosts(({ process, layout, node }, at) => {
                layout.roles[2]!.capacity = null;
                if (at === 0) Object.assign(process, { user: null, keeper: unit({ dynamicUser: true }) });
                if (at === 0) node.directories[0]!.real = "/var/lib/private/garage/meta";
                if (at === 0) node.directories[0]!.user = null;
                if (at === 1) process.keeper = container();
                if (at === 2) process.keeper = { kind: "hand" };
            }),
        );
        assert.equal(
            describeCluster(cluster),
            `node    host            release  engine  zone  capacity  kept by         user
london  root@192.0.2.1  1.3.0    lmdb    z0    1 TB      garage.service  DynamicUser 998
paris   root@192.0.2.2  1.3.0    lmdb    z1    1 TB      docker garaged  garage
rome    root@192.0.2.3  1.3.0    lmdb    z2    gateway   by hand         garage

Layout 1, 3 nodes.
london: id 1111111111111111, Debian, /usr/local/bin/garage, /etc/garage.toml
  /var/lib/garage/meta (/var/lib/private/garage/meta): of the number 998, 5000 MiB free, ext2/ext3
  /var/lib/garage/data: of garage, 5000 MiB free, ext2/ext3
  listens on [::]:3900
paris: id 2222222222222222, Debian, /usr/local/bin/garage, /etc/garage.toml
  /var/lib/garage/meta: of garage, 5000 MiB free, ext2/ext3
  /var/lib/garage/data: of garage, 5000 MiB free, ext2/ext3
  listens on [::]:3900
rome: id 3333333333333333, Debian, /usr/local/bin/garage, /etc/garage.toml
  /var/lib/garage/meta: of garage, 5000 MiB free, ext2/ext3
  /var/lib/garage/data: of garage, 5000 MiB free, ext2/ext3
  listens on [::]:3900`,
        );
    });

    it("has the reasons by their weight, each with its id and what to do", () => {
        const { reasons } = judge(
            join(
                hosts(({ process, look }, at) => {
                    if (at > 0) return;
                    process.keeper = { kind: "hand" };
                    look.host.claim = "cluster c1";
                    process.exe = "/opt/garage/current/garage";
                }, 1),
            ),
        );
        const lines = describeReasons(reasons).split("\n");
        assert.equal(lines[0], "No program can be written, since");
        assert.match(lines[1]!, /^ {2}london: this package looks after it already\. Use .* \[adopt-claimed\]$/);
        assert.equal(lines[2], "In the way of a takeover:");
        assert.match(lines[3]!, /^ {2}london: nothing keeps it running.* \[adopt-by-hand\]$/);
        assert.equal(describeReasons([]), "");
    });

    it("says once what is true of several nodes", () => {
        const one = { id: "adopt-x", weight: "note" as const, what: "so it is", todo: "Nothing" };
        const reasons = [
            { ...one, where: "paris" },
            { ...one, where: "rome" },
            { ...one, what: "other" },
        ];
        assert.equal(
            describeReasons(reasons),
            "To know:\n  paris, rome: so it is. Nothing. [adopt-x]\n  other. Nothing. [adopt-x]",
        );
    });

    it("plays with no terminal, whatever a host says", () => {
        const cluster = join(
            hosts(({ process, look }) => {
                process.config.path = "/etc/\x1b]0;owned\x07\n";
                look.host.os = "\x1b[2J";
            }),
        );
        assert.doesNotMatch(describeCluster(cluster), /[^\P{Cc}\n]/u);
    });
});

describe("adopt.json", () => {
    const AT = "2026-11-29T08:00:00Z";

    it("keeps what is in the way of a takeover, and nothing that is only noted", () => {
        const reason = { where: "paris", what: "w", todo: "t" };
        const reasons = [
            { ...reason, id: "adopt-nixos", weight: "refuses" as const },
            { ...reason, id: "adopt-log-level", weight: "note" as const },
        ];
        const { takeover } = JSON.parse(adoptFile(join(hosts()), reasons, AT));
        assert.deepEqual(takeover, [{ id: "adopt-nixos", ...reason }]);
    });

    it("says what was seen of each node, its configuration without secrets", () => {
        const { adopt, at, layoutVersion, takeover, nodes } = JSON.parse(adoptFile(join(hosts()), [], AT));
        assert.deepEqual([adopt, at, layoutVersion, takeover], [1, AT, 1, []]);
        assert.deepEqual(Object.keys(nodes), ["london", "paris", "rome"]);
        const { paris } = nodes;
        assert.deepEqual(paris.ssh, { host: "192.0.2.2", port: 22, user: "root" });
        assert.deepEqual(paris.role, { zone: "z1", capacity: 1e12, tags: ["paris"] });
        assert.deepEqual(paris.configuration.values.rpc_secret, "@secret");
        assert.deepEqual(paris.secrets, ["rpc_secret", "admin_token", "metrics_token"]);
        // Later releases read it: a name may come, none may go.
        const names = "ssh host id role layoutVersion release series engine binary process keeper words environment";
        assert.deepEqual(Object.keys(paris), `${names} configuration directories listeners secrets`.split(" "));
        // By a salt that nobody has kept; they have no place in a file all the same.
        assert.equal(paris.marks, undefined);
    });
});
