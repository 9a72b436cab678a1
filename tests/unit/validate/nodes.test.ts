import { goodArgs, paris } from "../support";
import { describeRows, type Row } from "./rows";

const nodes = goodArgs().nodes as Record<string, Record<string, unknown>>;
const { rome: _rome, ...twoNodes } = nodes;
const named = (name: string) => goodArgs({ nodes: { ...twoNodes, [name]: nodes.rome } });
const proxied = { host: "192.0.2.2", proxy: { host: "bastion" } };
const NAME = /^".*" can't be used here\. Allowed: lower case letters, digits and "-"/s;

const ROWS: Row[] = [
    // nodes
    [
        "no nodes",
        goodArgs({ nodes: {} }),
        ["nodes", /^An empty map is given: a cluster needs nodes\. Allowed: .* Add nodes/],
    ],
    ["nodes left out", goodArgs({ nodes: undefined }), ["nodes", /^Nothing is given/]],
    ["nodes as a list", goodArgs({ nodes: [] }), ["nodes", /^A list is no value of the right kind\. Allowed: a map/]],
    [
        "fewer storage nodes than copies",
        goodArgs({ nodes: twoNodes }),
        ["nodes", /^2 node\(s\) with a capacity can't hold 3 copies.*at least replicationFactor \(3\)/],
    ],
    [
        "gateways counted as storage",
        goodArgs({ nodes: { ...twoNodes, g: { zone: "z", gateway: true, container: {} } } }),
        ["nodes", /^2 node\(s\)/],
    ],
    ["a name like an integer", named("7"), ["nodes.7", /look like numbers/]],
    ["a name in upper case", named("Rome"), ["nodes.Rome", NAME]],
    ["a name with a dot", named("rome.example"), ['nodes["rome.example"]', NAME]],
    ["a name with a space", named("ro me"), ['nodes["ro me"]', NAME]],
    ["a name with a hyphen at its end", named("rome-"), ["nodes.rome-", NAME]],
    ["an empty name", named(""), ['nodes[""]', NAME]],
    ["a name of 33 characters", named("r".repeat(33)), [`nodes.${"r".repeat(33)}`, /at most 32/]],
    [
        "a node that is nothing",
        goodArgs({ nodes: { ...nodes, oslo: null } }),
        ["nodes.oslo.zone", /^Nothing is given/],
        ["nodes.oslo.capacity", /^Nothing says/],
        ["nodes.oslo", /^No placement/],
    ],
    [
        "two placements",
        paris({ container: {} }),
        ["nodes.paris", /^ssh and container are given.*exactly one of ssh, container, aws\. Take all but one out/],
    ],
    ["no placement", paris({ ssh: undefined }), ["nodes.paris", /^No placement is given/]],
    [
        "a placement that isn't there yet",
        paris({ ssh: undefined, gcp: {} }),
        ["nodes.paris.gcp", /^"gcp" is no option/],
        ["nodes.paris", /^No placement/],
    ],
    ["a zone with a space", paris({ zone: "p a r" }), ["nodes.paris.zone", /^"p a r" can't be used here/]],
    [
        "a zone like an option of a command",
        paris({ zone: "-z" }),
        ["nodes.paris.zone", /beginning with a letter or a digit/],
    ],
    [
        "a zone that is the word for a staged removal",
        paris({ zone: "removed" }),
        ["nodes.paris.zone", /^"removed" stands on the hosts for a node that is taken out of the layout/],
    ],
    ["a zone that only begins so", paris({ zone: "removed-1" })],
    [
        "a zone that is a number",
        paris({ zone: 3 }),
        ["nodes.paris.zone", /^The number 3 is no text.*Put quotes around it: "3"/],
    ],
    ["a tag for a shell", paris({ tags: ["$(reboot)"] }), ["nodes.paris.tags[0]", /can't be used here/]],
    ["a tag that is no list", paris({ tags: "x" }), ["nodes.paris.tags", /Write a list: \["x"\]\.$/]],
    ["a tag twice", paris({ tags: ["a", "a"] }), ["nodes.paris.tags[1]", /^"a" is there twice/]],
    [
        "two nodes on one host",
        paris({ ssh: { host: "192.0.2.2" } }),
        ["nodes.paris.ssh.host", /^"192.0.2.2:22" is the address of london too/],
    ],
    [
        "two nodes with one RPC address",
        goodArgs({
            nodes: {
                ...nodes,
                paris: { ...nodes.paris, rpcPublicAddr: "a:3901" },
                rome: { ...nodes.rome, rpcPublicAddr: "a:3901" },
            },
        }),
        ["nodes.rome.rpcPublicAddr", /is the address of paris too/],
    ],
    [
        "two nodes on one host, with one RPC address",
        paris({ ssh: { host: "192.0.2.2" }, rpcPublicAddr: "192.0.2.2:3901" }),
        ["nodes.paris.ssh.host", /is the address of london too/],
        ["nodes.paris.rpcPublicAddr", /is the address of london too/],
    ],
    [
        "an RPC address that is another node's by default",
        goodArgs({ nodes: { ...nodes, paris: { ...nodes.paris, rpcPublicAddr: "192.0.2.2:4000" } }, rpcPort: 4000 }),
        ["nodes.paris.rpcPublicAddr", /^"192.0.2.2:4000" is the address of london too/],
    ],
    ["another port than another node's", paris({ rpcPublicAddr: "192.0.2.2:4000" })],
    ...Object.entries({
        "one address behind two bastions": proxied,
        "one address with two SSH ports": { host: "192.0.2.2", port: 2222 },
    }).flatMap(([what, ssh]): Row[] => [
        [
            `${what} is one RPC address`,
            paris({ ssh }),
            [
                "nodes.paris.rpcPublicAddr",
                /^"192.0.2.2:3901" \(of ssh\.host and rpcPort, as .*\) is the address of london too.*give each of the two/,
            ],
        ],
        [`${what} is two hosts with an RPC address each`, paris({ ssh, rpcPublicAddr: "10.0.0.1:3901" })],
    ]),
    [
        "an IPv6 address as a host and as an RPC address",
        goodArgs({
            nodes: {
                ...nodes,
                paris: { ...nodes.paris, rpcPublicAddr: "[fd00::1]:3901" },
                rome: { ...nodes.rome, ssh: { host: "fd00::1" } },
            },
        }),
        ["nodes.rome.rpcPublicAddr", /^"\[fd00::1\]:3901" \(of/],
    ],
    ["an address instead of ssh", paris({ ssh: "h1" }), ["nodes.paris.ssh", /Write a map: \{ host: … \}\.$/]],
    ["ssh without a host", paris({ ssh: {} }), ["nodes.paris.ssh.host", /^Nothing is given/]],
    [
        "a user in the host",
        paris({ ssh: { host: "root@a" } }),
        ["nodes.paris.ssh.host", /^"root@a" can't be used here/],
    ],
    ...[
        "paris.example.org:22",
        "203.0.113.1:2222",
        "203.0.113.999",
        "1.2.3",
        "[fd00::1]",
        "fd00::1::2",
        "-x",
        "a..b",
        "a-",
    ].flatMap((host): Row[] => [
        [`${host} as a host`, paris({ ssh: { host } }), ["nodes.paris.ssh.host", /can't be used here.*without port/]],
        [
            `${host} as a bastion`,
            paris({ ssh: { host: "a", proxy: { host } } }),
            ["nodes.paris.ssh.proxy.host", /can't be used here.*IPv6 without brackets/],
        ],
    ]),
    ...[
        "paris",
        "paris.example.org",
        "p-1.example.org.",
        "3com.example",
        "node_1",
        "203.0.113.7",
        "fd00::1",
        "::ffff:192.0.2.9",
    ].map((host): Row => [`${host} as a host`, paris({ ssh: { host, proxy: { host } } })]),
    ...["localhost", "127.0.0.1", "::1", "fe80::1%eth0"].flatMap((host): Row[] => [
        [
            `${host} as a host among others, by which they can't reach it`,
            paris({ ssh: { host } }),
            ["nodes.paris.rpcPublicAddr", /of ssh\.host and rpcPort.* means this node on its own host only/],
        ],
        [`${host} as a host with an address for the others`, paris({ ssh: { host }, rpcPublicAddr: "10.0.0.1:3901" })],
    ]),
    ...[
        "127.0.0.1:3901",
        "127.9.9.9:3901",
        "localhost:3901",
        "[::1]:3901",
        "[0:0::1]:3901",
        "[fe80::1]:3901",
        "[::ffff:127.0.0.1]:3901",
    ].map(
        (rpcPublicAddr): Row => [
            `${rpcPublicAddr} as an RPC address among others`,
            paris({ rpcPublicAddr }),
            [
                "nodes.paris.rpcPublicAddr",
                /^".*" means this node on its own host only: the others can't reach it there/,
            ],
        ],
    ),
    [
        "a node alone on this machine",
        goodArgs({ replicationFactor: 1, nodes: { a: { zone: "z", capacity: "1G", ssh: { host: "localhost" } } } }),
    ],
    [
        "the name of a key file",
        paris({ ssh: { host: "a", privateKey: "~/.ssh/id_ed25519" } }),
        [
            "nodes.paris.ssh.privateKey",
            /^A text of 17 characters is no private key.*Give the content of the file, not its name/,
        ],
    ],
    [
        "a host key with the host's name",
        paris({ ssh: { host: "a", hostKey: "a ssh-ed25519 AAAA x\nb" } }),
        ["nodes.paris.ssh.hostKey", /of an Ed25519 or ECDSA key.*`ssh-keyscan -t ed25519,ecdsa HOST`/],
    ],
    [
        "a host key of RSA",
        paris({ ssh: { host: "a", hostKey: "ssh-rsa AAAAB3NzaC1yc2E=" } }),
        ["nodes.paris.ssh.hostKey", /^A public key of type ssh-rsa never connects.*ssh-keyscan -t ed25519,ecdsa HOST/],
    ],
    ["a host key of ECDSA", paris({ ssh: { host: "a", hostKey: "ecdsa-sha2-nistp256 AAAAE2VjZHNh" } })],
    [
        "the path of a socket in two lines",
        paris({ ssh: { host: "a", agentSocketPath: "/run/a\nb" } }),
        ["nodes.paris.ssh.agentSocketPath", /without control characters\. Write the path of the socket/],
    ],
    [
        "an SSH port in quotes",
        paris({ ssh: { host: "a", port: "22" } }),
        ["nodes.paris.ssh.port", /^"22" is no value of the right kind.*Take the quotes away/],
    ],
    [
        "a slip in an option of ssh",
        paris({ ssh: { host: "a", privatkey: "x" } }),
        ["nodes.paris.ssh.privatkey", /Did you mean privateKey\? Rename it/],
    ],
    [
        "a bastion without a host",
        paris({ ssh: { host: "a", proxy: {} } }),
        ["nodes.paris.ssh.proxy.host", /^Nothing is given/],
    ],
    [
        "a bastion behind a bastion",
        paris({ ssh: { host: "a", proxy: { host: "b", proxy: {} } } }),
        ["nodes.paris.ssh.proxy.proxy", /is no option/],
    ],
    [
        "an image like an option of a command",
        paris({ ssh: null, container: { image: "--privileged" } }),
        ["nodes.paris.container.image", /can't be used here/],
    ],
    ...["debian;reboot", "debian&", "$(id)", "`id`", "a|b", "a>b", "a b", "(a)", "~/a", "a*"].map(
        (image): Row => [
            `${image} as an image`,
            paris({ ssh: null, container: { image } }),
            ["nodes.paris.container.image", /can't be used here.*as podman takes it/],
        ],
    ),
    ...["/a;reboot:/b", "/a:/b&", "$(id):/b", "/a:/b`id`", "/a:/b:rw;id", "/a:/b:rw,$x", "~/a:/b", "/a b:/c"].map(
        (volume): Row => [
            `${volume} as a volume`,
            paris({ ssh: null, container: { volumes: [volume] } }),
            ["nodes.paris.container.volumes[0]", /can't be used here/],
        ],
    ),
    [
        "images and volumes as podman has them",
        paris({
            ssh: null,
            container: {
                image: "docker.io/library/debian:bookworm@sha256:0a1b",
                volumes: ["my_vol.1:/srv/a", "./b:/srv/b:ro", "/mnt/x+y@z:/srv/c:Z,U,idmap=both"],
            },
        }),
    ],
    [
        "an RPC address without a port",
        paris({ rpcPublicAddr: "10.0.0.1" }),
        ["nodes.paris.rpcPublicAddr", /and a port/],
    ],
    [
        "an RPC address with a port that isn't one",
        paris({ rpcPublicAddr: "10.0.0.1:70000" }),
        ["nodes.paris.rpcPublicAddr", /has no port from 1 to 65535/],
    ],
    [
        "an RPC address that is none",
        paris({ rpcPublicAddr: "10.0.0.999:3901" }),
        ["nodes.paris.rpcPublicAddr", /is no IP address/],
    ],
    [
        "an RPC address to listen on",
        paris({ rpcPublicAddr: "[::]:3901" }),
        ["nodes.paris.rpcPublicAddr", /an address to listen on/],
    ],
    [
        "an RPC address that is a name in 0.7",
        paris({ rpcPublicAddr: "a.example.org:3901" }, { stateVersion: "0.7", version: "0.7.3" }),
        ["nodes.paris.rpcPublicAddr", /series 0\.7 takes no names/],
    ],
    [
        "a host name without an RPC address in 0.7",
        paris({ ssh: { host: "a.example.org" } }, { stateVersion: "0.7", version: "0.7.3" }),
        ["nodes.paris.rpcPublicAddr", /series 0\.7 takes no names/],
    ],
    ["a reapply with a space", paris({ reapply: "a b" }), ["nodes.paris.reapply", /without spaces/]],
    ["a replace that is no id", paris({ replace: "abc" }), ["nodes.paris.replace", /64 hex digits/]],
    [
        "two nodes replaced at once",
        goodArgs({
            nodes: {
                ...nodes,
                paris: { ...nodes.paris, replace: "a".repeat(64) },
                rome: { ...nodes.rome, replace: "b".repeat(64) },
            },
        }),
        ["nodes.rome.replace", /the first: paris/],
    ],
    // capacities
    [
        "a capacity without a unit",
        paris({ capacity: "1000" }),
        ["nodes.paris.capacity", /^"1000" can't be used here.*a number and a unit/],
    ],
    [
        "a capacity that is a number",
        paris({ capacity: 1e12 }),
        ["nodes.paris.capacity", /^The number 1000000000000 is no text.*with its unit, in quotes/],
    ],
    ["a capacity that is none", paris({ capacity: "lots" }), ["nodes.paris.capacity", /^"lots" is no capacity/]],
    ["a capacity of nothing", paris({ capacity: "0G" }), ["nodes.paris.capacity", /^"0G" is too small/]],
    [
        "a gateway with a capacity",
        paris({ gateway: true }),
        ["nodes.paris.capacity", /for a gateway/],
        ["nodes", /^2 node\(s\)/],
    ],
    [
        "a storage node without a capacity",
        paris({ capacity: undefined }),
        ["nodes.paris.capacity", /^Nothing says how much/],
    ],
];

describeRows("bad nodes", ROWS);
