import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { join, theDaemon, toAsk } from "../../../sdk/adopt/cluster";
import { judge } from "../../../sdk/adopt/judge";
import type { Reason } from "../../../sdk/adopt/seen";
import type { Mount } from "../../../sdk/garage/mounts";
import { root } from "../../../toolchain/shell";
import { container, hosts, idOf, type Made, TOML, unit } from "./support";

const idsOf = (reasons: readonly Reason[]) => [...new Set(reasons.map(({ id, weight }) => `${id} ${weight}`))].sort();
const judged = (change: (made: Made, at: number) => void, count?: number) => judge(join(hosts(change, count)));
const paris = (change: (made: Made) => void) => (made: Made, at: number) => {
    if (at === 1) change(made);
};
const swap = (from: string, to: string) => (made: Made) => {
    made.process.config.text = made.process.config.text!.replace(from, to);
};

const PORTS = [3900, 3901, 3902, 3903].map((port) => ({ inside: port, host: port }));
const inVolume = (mount: Mount) => ({ ...mount, type: "volume" });

/** What is changed on all hosts, or on paris only, and what is said of it. */
const ROWS: [id: string, what: string, change: (made: Made, at: number) => void][] = [
    [
        "adopt-claimed stops",
        "this package looks after one",
        paris(({ look, process }) => {
            look.host.claim = "cluster c1\n";
            process.exe = "/opt/garage/generations/1.3.0-00000000/garage";
        }),
    ],
    [
        "adopt-claimed note",
        "one is claimed, and the old service runs there",
        paris(({ look }) => {
            look.host.claim = "cluster c1\n";
        }),
    ],
    [
        "adopt-nixos refuses",
        "one is NixOS",
        paris(({ look }) => {
            look.host.nixos = true;
        }),
    ],
    ["adopt-flags stops", "a flag that no option says", ({ process }) => void process.words.push("--single-node")],
    [
        "adopt-by-hand refuses",
        "one runs by hand",
        paris(({ process }) => {
            process.keeper = { kind: "hand" };
        }),
    ],
    ...(
        [
            ["that a unit of podman's keeps", container({ engine: "podman", unit: "container-garaged.service" })],
            ["in a unit", { ...container(), unit: unit().unit! }],
            ["that goes when it stops", container({ autoRemove: true })],
            ["with a network of its own", container({ network: "bridge", ports: PORTS })],
            ["whose data lie in a volume", container({ mounts: container().container!.mounts!.map(inVolume) })],
            ["that a shell starts", container({ pid: 99 })],
            ["that podman before 5.1 would restart", container({ engine: "podman", restartFixed: true })],
        ] as const
    ).map(([what, keeper]): (typeof ROWS)[number] => [
        "adopt-container refuses",
        `one runs in a container ${what}`,
        ({ process }) => {
            process.keeper = keeper;
        },
    ]),
    [
        "adopt-container-compose note",
        "one was made by compose",
        ({ process }) => {
            process.keeper = container({ compose: "/srv/garage/docker-compose.yml" });
        },
    ],
    [
        "adopt-unit-unfit refuses",
        "the unit of one goes with it",
        paris(({ process }) => {
            process.keeper = unit({ file: "/run/systemd/transient/garage.service" });
        }),
    ],
    [
        "adopt-place-unfit refuses",
        "a directory is a link",
        paris(({ node }) => {
            node.directories[0]!.real = "/mnt/meta";
        }),
    ],
    [
        "adopt-place-unfit refuses",
        "a directory lies where only DynamicUser may put it",
        paris(({ node }) => {
            node.directories[0]!.real = "/var/lib/private/garage/meta";
        }),
    ],
    [
        "adopt-admin-silent refuses",
        "no admin API",
        ({ process }) => {
            process.config.text = process.config.text!.replace('[admin]\napi_bind_addr = "[::]:3903"\n', "[admin]\n");
        },
    ],
    [
        "adopt-kubernetes stops",
        "one runs in Kubernetes",
        paris(({ process }) => {
            process.keeper = { kind: "container", container: { engine: "kubernetes", id: "1" } };
        }),
    ],
    [
        "adopt-container-unseen stops",
        "one runs in somebody's own container",
        paris(({ process }) => {
            process.keeper = { kind: "container", container: { engine: "podman", id: "1" } };
        }),
    ],
    [
        "adopt-container-data stops",
        "data lie in the container",
        ({ process }) => {
            process.keeper = container({
                mounts: [{ source: "/srv/meta", target: "/var/lib/garage/meta", type: "bind" }],
            });
        },
    ],
    [
        "adopt-binary-replaced refuses",
        "another file lies there",
        paris(({ process }) => {
            process.replaced = true;
        }),
    ],
    [
        "adopt-config-newer refuses",
        "the configuration is newer",
        paris(({ process }) => {
            process.config.changed = process.start! + 2;
        }),
    ],
    ["adopt-two-engines refuses", "databases of two engines", paris(({ node }) => void node.engines.push("sqlite"))],
    [
        "adopt-no-database stops",
        "no database",
        ({ node }) => {
            node.engines = [];
        },
    ],
    [
        "adopt-engine-differs refuses",
        "the daemon says another engine",
        ({ node }) => {
            node.daemon!.engine = "sqlite";
        },
    ],
    ["adopt-engine-differs refuses", "the configuration says another engine", swap('"lmdb"', '"sqlite"')],
    [
        "adopt-directory-unseen stops",
        "a directory isn't there",
        paris(({ node }) => {
            node.directories[1] = { path: "/var/lib/garage/data", there: false };
        }),
    ],
    [
        "adopt-owners-mixed refuses",
        "files of two users",
        paris(({ node }) => void node.directories[1]!.owners!.push("0:0")),
    ],
    [
        "adopt-silent refuses",
        "one says nothing",
        paris(({ node }) => {
            node.daemon = null;
        }),
    ],
    [
        "adopt-silent refuses",
        "a question has no answer",
        paris(({ node }) => void node.daemon!.errors.push({ question: "stats", why: "does not answer within 20 s" })),
    ],
    [
        "adopt-resync-errors refuses",
        "blocks with errors",
        paris(({ node }) => {
            node.daemon!.blockErrors!.needed = 2;
        }),
    ],
    [
        "adopt-token-unfit refuses",
        "a short token",
        ({ node }) => {
            node.marks["admin_token.unfit"] = "yes";
        },
    ],
    [
        "adopt-custom-build refuses",
        "a binary of one's own",
        ({ process }) => {
            process.release = "2.1.0";
            process.config.text = TOML;
        },
    ],
    [
        "adopt-service-off note",
        "no web server",
        swap('[s3_web]\nbind_addr = "[::]:3902"\nroot_domain = ".web.garage.localhost"\n', ""),
    ],
    [
        "adopt-tokens-missing note",
        "no admin token",
        ({ node }) => {
            delete node.marks.admin_token;
        },
    ],
    [
        "adopt-worker-errors refuses",
        "a worker fails",
        paris(({ node }) => {
            node.daemon!.workers = [
                { name: "object sync", errors: 3, consecutive: 2 },
                { name: "once", errors: 1, consecutive: 0 },
            ];
        }),
    ],
    [
        "adopt-partitions refuses",
        "a partition lacks a copy",
        paris(({ node }) => {
            node.daemon!.partitions = { all: 256, ok: 255 };
        }),
    ],
    [
        "adopt-no-secret stops",
        "no secret is found",
        ({ node }) => {
            delete node.marks.rpc_secret;
        },
    ],
    [
        "adopt-container-ports stops",
        "a container's port has another number outside",
        ({ process }) => {
            const ports = [3900, 3901, 3902, 3903].map((inside) => ({ inside, host: inside === 3900 ? 9000 : inside }));
            process.keeper = container({ network: "bridge", ports });
        },
    ],
    [
        "adopt-same-node stops",
        "one host twice",
        paris(({ node }) => {
            node.id = idOf(0);
        }),
    ],
    [
        "adopt-not-one-cluster stops",
        "a host of another cluster",
        paris((made) => {
            made.node.id = idOf(7);
            made.layout.roles = [{ id: idOf(7), zone: "z", capacity: 1e12, tags: [] }];
        }),
    ],
    [
        "adopt-no-role stops",
        "a host without a role",
        paris(({ node }) => {
            node.id = idOf(7);
        }),
    ],
    [
        "adopt-nodes-missing stops",
        "a node that isn't named",
        ({ layout, node }) => {
            layout.roles.push({ id: idOf(3), zone: "z3", capacity: null, tags: [] });
            node.daemon!.answersThrough!.push(idOf(3).slice(0, 16));
        },
    ],
    [
        "adopt-releases-mixed stops",
        "another release on one",
        paris(({ process }) => {
            process.release = "1.2.0";
        }),
    ],
    [
        "adopt-secrets-differ stops",
        "another token on one",
        paris(({ node }) => {
            node.marks.admin_token = "3";
        }),
    ],
    [
        "adopt-layout-behind refuses",
        "an older layout on one",
        (made, at) => {
            made.layout.version = at === 1 ? 1 : 2;
        },
    ],
    [
        "adopt-layout-staged refuses",
        "a change is staged",
        ({ layout }) => {
            layout.staged = true;
        },
    ],
    [
        "adopt-layout-draining refuses",
        "data still move",
        ({ layout }) => {
            layout.live = 2;
        },
    ],
    [
        "adopt-not-healthy refuses",
        "one gets no answer of another",
        paris(({ node }) => void node.daemon!.answersThrough!.pop()),
    ],
    [
        "adopt-zone-redundancy note",
        "copies in two zones at least",
        ({ layout }) => {
            layout.zones = 2;
        },
    ],
    ["adopt-nodes-differ stops", "another port on one", paris(swap("3900", "3910"))],
    ["adopt-not-an-option stops", "a socket in the file system", swap("[::]:3900", "/run/garage.sock")],
    [
        "adopt-not-an-option stops",
        "a token in the settings",
        swap("[s3_api]", '[consul_discovery]\ntoken = "@secret"\n[s3_api]'),
    ],
    ["adopt-not-an-option stops", "a port below 1024", swap("[::]:3900", "[::]:80")],
    ["adopt-not-an-option stops", "a directory below /home", swap('"/var/lib/garage/data"', '"/home/garage/data"')],
    ["adopt-not-an-option stops", "a tag with a space", ({ layout }) => void layout.roles[1]!.tags.push("two words")],
    [
        "adopt-proxy-command stops",
        "a ProxyCommand",
        paris(({ reach }) => {
            reach.proxyCommand = "nc";
        }),
    ],
    [
        "adopt-capacity stops",
        "a capacity that no option says",
        ({ layout }) => {
            layout.roles[0]!.capacity = Number.MAX_SAFE_INTEGER;
        },
    ],
    [
        "adopt-warning note",
        "a setting that this release doesn't know",
        swap("[s3_api]", "sled_cache_capacity = 1\n[s3_api]"),
    ],
    [
        "adopt-log-level note",
        "another filter of the log on one",
        paris(({ process }) => {
            process.environment.RUST_LOG = "info";
        }),
    ],
];

/** What is always said of these hosts: they have no rpc_public_addr. */
const USUAL = "adopt-rpc-address note";

describe("what stands in the way", () => {
    it("of a cluster of 0.8 is nothing either: its secret has an option of its own", () => {
        const { reasons, args } = judged(({ process, layout }) => {
            process.release = "0.8.7";
            process.config.text = TOML.replace("replication_factor = 3", 'replication_mode = "3"');
            for (const role of layout.roles) role.capacity = 10;
        });
        assert.deepEqual(idsOf(reasons), [USUAL]);
        assert.ok("rpcSecret08" in args! && !("rpcSecret" in args));
    });

    it("of three sound hosts is nothing", () => {
        const { reasons, args } = judged(() => {});
        assert.deepEqual(idsOf(reasons), [USUAL]);
        assert.ok(args);
    });

    for (const [id, what, change] of ROWS)
        it(`${what}: ${id}`, () => {
            const { reasons, args } = judged(change);
            const ids = idsOf(reasons);
            assert.ok(ids.includes(id), ids.join());
            assert.equal(
                args === undefined,
                reasons.some(({ weight }) => weight === "stops"),
            );
            // A layout of paris alone differs for the others too; nothing else may be said of one change.
            const others = ids.filter((each) => each !== id && each !== USUAL);
            assert.deepEqual(others, BESIDES[what] ?? []);
        });

    it("is nothing where one node holds everything, though its layout never ends", () => {
        const alone = (made: Made) => {
            swap("replication_factor = 3", "replication_factor = 1")(made);
            made.layout.live = 2;
        };
        assert.deepEqual(idsOf(judged(alone, 1).reasons), []);
    });

    it("names every reason that the code has", () => {
        const folder = path(root, "sdk/adopt");
        const code = readdirSync(folder).map((file) => readFileSync(path(folder, file), "utf8"));
        const ids = new Set(code.flatMap((text) => [...text.matchAll(/"(adopt-[a-z0-9-]+)"/g)].map(([, id]) => id!)));
        const tested = new Set([...ROWS.map(([id]) => id.split(" ")[0]!), "adopt-rpc-address", ...OF_ONE_HOST]);
        assert.deepEqual([...ids].sort(), [...tested].sort());
    });
});

/** What some changes come with. */
const BESIDES: Record<string, string[]> = {
    "one host twice": ["adopt-nodes-missing stops"],
    "a host of another cluster": ["adopt-nodes-missing stops"],
    "a host without a role": ["adopt-nodes-missing stops"],
    "no admin token": ["adopt-admin-silent refuses"],
    "no admin API": ["adopt-service-off note"],
    "one runs in somebody's own container": ["adopt-container refuses"],
    "a container's port has another number outside": ["adopt-container refuses"],
};

/** Of a host whose daemon isn't understood; below. */
const OF_ONE_HOST = [
    "adopt-no-daemon",
    "adopt-two-daemons",
    "adopt-config-unread",
    "adopt-release-unknown",
    "adopt-config-broken",
    "adopt-changed",
    "adopt-no-id",
    "adopt-no-layout",
    "adopt-layout-unread",
];

describe("a host whose daemon isn't understood", () => {
    const seen = (change: (made: Made) => void) => {
        const [host] = hosts(change, 1);
        const daemon = theDaemon(host!.look!);
        if ("weight" in daemon) return daemon.id;
        const wanted = toAsk(daemon);
        if ("weight" in wanted) return wanted.id;
        return join([host!])
            .reasons.map(({ id }) => id)
            .join();
    };
    const twin = ({ look, process }: Made) => void look.daemons.push({ ...process, pid: 101 });
    const rows: [string, (made: Made) => void][] = [
        ["", () => {}],
        ["adopt-two-daemons", twin],
        [
            "adopt-config-unread",
            ({ process }) => {
                process.config.text = null;
            },
        ],
        [
            "adopt-release-unknown",
            ({ process }) => {
                process.release = null;
            },
        ],
        [
            "adopt-release-unknown",
            ({ process }) => {
                process.release = "3.0.0";
            },
        ],
        [
            "adopt-config-broken",
            ({ process }) => {
                process.config.text = "metadata_dir = ";
            },
        ],
        [
            "adopt-config-broken",
            ({ process }) => {
                process.config.text = TOML.replace("rpc_bind_addr", "other");
            },
        ],
        [
            "adopt-config-broken",
            ({ process }) => {
                process.config.text = TOML.replace("replication_factor", "other");
            },
        ],
        [
            "adopt-changed",
            ({ node }) => {
                node.gone = true;
            },
        ],
        [
            "adopt-no-id",
            ({ node }) => {
                node.id = null;
            },
        ],
        [
            "adopt-no-layout",
            ({ node }) => {
                node.layoutFile = null;
            },
        ],
        [
            "adopt-layout-unread",
            ({ node }) => {
                node.layoutFile = "RzA5bGF5b3V0";
            },
        ],
    ];
    for (const [id, change] of rows)
        it(`${change.toString().replace(/\s+/g, " ").slice(0, 60)}: ${id || "none such"}`, () =>
            assert.equal(seen(change), id));

    it("has units that tell why none runs", () => {
        const look = hosts(() => {}, 1)[0]!.look!;
        look.daemons = [];
        look.host.units = [{ name: "garage.service", active: "failed", sub: "failed" }];
        const reason = theDaemon(look);
        assert.deepEqual("weight" in reason && [reason.id, reason.what], [
            "adopt-no-daemon",
            "no Garage runs there; garage.service is failed (failed)",
        ]);
    });
});

describe("the engine of a program", () => {
    it("is the one that the daemon says it uses, whatever else lies there", () => {
        const { args } = judged(({ node }) => node.engines.unshift("sqlite"));
        assert.equal(args!.dbEngine, "lmdb");
    });

    it("is none where nobody can say", () => {
        const { args, reasons } = judged(({ node }) => {
            node.engines.unshift("sqlite");
            node.daemon = null;
        });
        assert.equal(args, undefined);
        assert.ok(idsOf(reasons).includes("adopt-two-engines stops"));
    });
});

describe("a node in a container", () => {
    it("has its directories where the host has them", () => {
        const { args, reasons } = judged(({ process }) => {
            process.keeper = container();
        });
        assert.deepEqual(idsOf(reasons), [USUAL]);
        assert.equal(args!.metadataDir, "/srv/garage/meta");
        assert.equal(args!.dataDir, "/srv/garage/data");
    });

    it("has the files of its settings where the host has them; one of the image stops it", () => {
        const snapshots = (dir: string) =>
            judged(({ process }) => {
                process.keeper = container();
                process.config.text = process.config.text!.replace(
                    "db_engine",
                    `metadata_snapshots_dir = "${dir}"\ndb_engine`,
                );
            });
        const { args, reasons } = snapshots("/var/lib/garage/meta/snapshots");
        assert.deepEqual(idsOf(reasons), [USUAL]);
        assert.deepEqual(args!.settings, { metadata_snapshots_dir: "/srv/garage/meta/snapshots" });
        assert.ok(idsOf(snapshots("/snapshots").reasons).includes("adopt-container-data stops"));
    });

    it("is a node like the others where its container has them in the usual places", () => {
        const mounts = [{ source: "/var/lib/garage", target: "/garage", type: "bind" }];
        const { args, reasons } = judged(
            paris(({ process }) => {
                process.keeper = container({ mounts });
                process.config.text = process.config.text!.replace(/\/var\/lib\/garage/g, "/garage");
            }),
        );
        assert.deepEqual(idsOf(reasons), [USUAL]);
        assert.deepEqual([args!.metadataDir, args!.dataDir], [undefined, undefined]);
    });

    it("listens on the host itself only where its container publishes no port", () => {
        const ports = [3900, 3901].map((inside) => ({ inside, host: inside }));
        const { args, reasons } = judged(({ process }) => {
            process.keeper = container({ network: "bridge", ports });
        });
        assert.deepEqual(idsOf(reasons), ["adopt-container refuses", USUAL]);
        assert.deepEqual(
            [args!.s3BindAddress, args!.webBindAddress, args!.adminBindAddress],
            [undefined, "127.0.0.1", "127.0.0.1"],
        );
    });

    it("by a unit of podman's likewise", () => {
        const quadlet = { ...container({ engine: "podman" }), unit: unit().unit! };
        const { args } = judged(({ process }) => {
            process.keeper = quadlet;
        });
        assert.equal(args!.metadataDir, "/srv/garage/meta");
    });
});
