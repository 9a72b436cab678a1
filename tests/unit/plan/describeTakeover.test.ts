import assert from "node:assert/strict";
import { plan } from "../../../sdk/plan/plan";
import { recordOf } from "../../../sdk/plan/record";
import { container, type Made, unit } from "../adopt/support";
import { takeoverArgs } from "../adopt/takeover";
import { specOf } from "../support";

const NOW = new Date("2026-11-29T08:12:30Z");
const said = (change?: (made: Made, at: number) => void, now = NOW, args: object = {}) =>
    plan(undefined, specOf({ ...takeoverArgs(change), ...args }), undefined, now).notes.join("\n");

describe("the plan of a takeover", () => {
    it("says per node what stops, what starts, what stays, which lines of garage.toml change, and what it doesn't do", () => {
        assert.equal(
            said(({ process }, at) => {
                if (at === 2)
                    process.keeper = unit({ name: "store.service", file: "/lib/systemd/system/store.service" });
                if (at === 2) Object.assign(process, { uid: 0, user: "root" });
            }),
            `Garage 1.3.0 runs already, and is taken over, one node at a time: london → paris → rome. S3 stays up.
adopt.json is 12 minutes old (2026-11-29T08:00:00Z). Each host compares what it says with what runs, before any of them is claimed, and refuses what has changed since. A node that is taken over already stays as it is.
  london (1111111111111111):
    stops: garage.service (/etc/systemd/system/garage.service), which goes to /etc/garage-node/adopted/unit with its drop-ins
    starts: garage.service of this package, the same Garage 1.3.0 (sha256 5555555555555555…) on the same data, as its user garage (998)
    stays: /var/lib/garage/meta, /var/lib/garage/data, its node key, layout 1; /etc/garage.toml, which is no longer read
  paris (2222222222222222):
    stops: garage.service (/etc/systemd/system/garage.service), which goes to /etc/garage-node/adopted/unit with its drop-ins
    starts: garage.service of this package, the same Garage 1.3.0 (sha256 5555555555555555…) on the same data, as its user garage (998)
    stays: /var/lib/garage/meta, /var/lib/garage/data, its node key, layout 1; /etc/garage.toml, which is no longer read
  rome (3333333333333333):
    stops: store.service (/lib/systemd/system/store.service), which stays there, and is masked
    starts: garage.service of this package, the same Garage 1.3.0 (sha256 5555555555555555…) on the same data, as the user garage; its files, those of root (0) until then, are handed over to him while it is down
    stays: /var/lib/garage/meta, /var/lib/garage/data, its node key, layout 1; /etc/garage.toml, which is no longer read
  garage.toml of london, paris, rome, by key:
    - admin.admin_token = (not shown)
    + admin.admin_token_file = "/etc/garage-node/secrets/admin_token"
    + admin.metrics_token_file = "/etc/garage-node/secrets/metrics_token"
    + consistency_mode = "consistent"
    - rpc_secret = (not shown)
    + rpc_secret_file = "/etc/garage-node/secrets/rpc_secret"
    + rpc_public_addr = (the node's address in the program)
    + bootstrap_peers = (the other nodes)
What it doesn't do: copy or move an object; change the layout, a tag neither; change the release or a secret; remove anything of the old set-up. A node that doesn't pass goes back to its old service by itself, and those after it are left as they are.`,
        );
    });

    it("says that the layout changes where the nodes are to get our tag", () => {
        const { adopt } = takeoverArgs() as { adopt: object };
        const text = said(undefined, NOW, { adopt: { ...adopt, tagNodes: true } });
        assert.match(text, /Once all nodes are taken over, the tag node=NAME joins those that each has in the layout/);
        assert.match(text, /change the layout, but for that tag; change the release/);
    });

    it("says of a unit that a package has put there, or that has a name of its own, what becomes of it", () => {
        const of = (name: string, file: string) =>
            said(({ process }) => {
                process.keeper = unit({ name, file });
            }).match(/stops: .*/)![0];
        assert.equal(
            of("garage.service", "/lib/systemd/system/garage.service"),
            "stops: garage.service (/lib/systemd/system/garage.service), which stays there, behind ours in /etc",
        );
        assert.match(
            of("s3.service", "/etc/systemd/system/s3.service"),
            /adopted\/unit with its drop-ins, and is masked$/,
        );
    });

    it("says by which commands a daemon is stopped and started that runs by hand, and what isn't known of it", () => {
        const args = takeoverArgs(({ process }, at) => {
            if (at === 0) process.keeper = { kind: "hand" };
        }) as { nodes: Record<string, object> };
        Object.assign(args.nodes.london!, {
            adopt: { stopCommand: "sv stop garage", startCommand: "sv start garage" },
        });
        const text = plan(undefined, specOf(args), undefined, NOW).notes.join("\n");
        assert.match(
            text,
            /stops: what runs there by hand, by: sv stop garage; where the node goes back, it comes back by: sv start garage\. What else would start it, at a boot say, isn't known here/,
        );
    });

    it("says what becomes of a container, and what its owner has to do about compose", () => {
        const text = said(({ process, node }, at) => {
            Object.assign(process, {
                uid: 0,
                user: "root",
                keeper: container(at === 0 ? { compose: "/srv/compose.yml" } : { engine: "podman", restart: "no" }),
            });
            for (const dir of node.directories) dir.path = dir.real = dir.path.replace("/var/lib", "/srv");
        });
        assert.match(
            text,
            /london .*\n {4}stops: the container garaged of docker, which stays as garaged-before-garage-node, its restart policy \(unless-stopped\) off\n/,
        );
        assert.match(
            text,
            /paris .*\n {4}stops: the container garaged of podman, which stays as garaged-before-garage-node\n/,
        );
        assert.match(text, /stays: \/srv\/garage\/meta, \/srv\/garage\/data/);
        assert.match(text, /by you: take its service out of \/srv\/compose\.yml before anybody calls compose up/);
        assert.match(text, /- data_dir = "\/var\/lib\/garage\/data"\n {4}\+ data_dir = "\/srv\/garage\/data"/);
    });

    it("says where DynamicUser has put the data, and who gets them", () => {
        const text = said(({ process, node }) => {
            Object.assign(process, { uid: 64665, user: null, keeper: unit({ dynamicUser: true }) });
            for (const dir of node.directories) dir.real = dir.path.replace("/var/lib", "/var/lib/private");
        });
        assert.match(text, /made with the number of its files \(64665\)/);
        assert.match(text, /renamed, without a copy: \/var\/lib\/private\/garage\/meta → \/var\/lib\/garage\/meta/);
    });

    it("shows what differs from one node to another under each, and what the program changes besides", () => {
        const named = ({ process }: Made, at: number) => {
            const line = at === 0 ? 'rpc_public_addr = "192.0.2.1:3901"\nrpc_secret' : "rpc_secret";
            process.config.text = process.config.text!.replace("rpc_secret", line);
        };
        const text = said(named, NOW, { s3Port: 9000 });
        const [london, others] = text.split("garage.toml of ").slice(1);
        assert.match(london!, /^london, by key:/);
        assert.doesNotMatch(london!, /rpc_public_addr/);
        assert.match(others!, /^paris, rome, by key:[\s\S]*\+ rpc_public_addr/);
        assert.match(others!, /- s3_api\.api_bind_addr = "\[::\]:3900"\n +\+ s3_api\.api_bind_addr = "\[::\]:9000"/);
    });

    for (const [at, words] of [
        ["2026-11-29T07:59:00Z", "0 minutes"],
        ["2026-11-29T08:01:00Z", "1 minute"],
        ["2026-11-29T13:00:00Z", "5 hours"],
        ["2026-12-09T08:00:00Z", "10 days"],
    ] as const)
        it(`says how old adopt.json is: ${words}`, () => {
            assert.match(said(undefined, new Date(at)), new RegExp(`adopt\\.json is ${words} old`));
        });

    it("warns of no checksum that isn't known: each host gets the file that runs there", () => {
        assert.deepEqual(
            plan(undefined, specOf(takeoverArgs())).warnings.filter((each) => /checksum/.test(each)),
            [],
        );
    });

    it("follows the order of the roll, and warns where one node down is felt", () => {
        const text = said(
            ({ process }) => {
                process.config.text = process.config.text!.replace("replication_factor = 3", "replication_factor = 2");
            },
            NOW,
            { rollOrder: ["rome"] },
        );
        assert.match(text, /^.*: rome → london → paris\. Replication factor 2: while a node restarts, writes fail/);
    });

    it("is over once there is a record: `adopt` can go, and nothing is said of it then", () => {
        const spec = specOf(takeoverArgs());
        const { kind, notes } = plan(recordOf(spec), spec);
        assert.deepEqual(
            [kind, ...notes],
            [
                "none",
                "Garage 1.3.0: no change of release.",
                "All nodes are taken over: adopt can go out of the program.",
            ],
        );
        const { adopt: _, ...without } = takeoverArgs();
        assert.equal(plan(recordOf(spec), specOf(without)).notes.length, 1);
    });
});
