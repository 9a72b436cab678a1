import { goodArgs, paris } from "../support";
import { describeRows, type Row } from "./rows";

const old = (series: string, changes: object) => goodArgs({ stateVersion: series, version: undefined, ...changes });
const DIR = /Allowed: a directory of its own/;

/** Three nodes, paris being a container with further volumes. */
const contained = (volumes: unknown, changes: object) => paris({ ssh: null, container: { volumes } }, { ...changes });
const LOST =
    /lies in no volume of paris: it would be deleted with the container\. Allowed: in containers a directory below \/var\/lib\/garage, /;

const ROWS: Row[] = [
    // directories
    [
        "metadata inside of data",
        goodArgs({ metadataDir: "/srv/d/meta", dataDir: "/srv/d" }),
        ["dataDir", /^"\/srv\/d" holds metadataDir/],
    ],
    [
        "data inside of metadata",
        goodArgs({ metadataDir: "/srv/m", dataDir: "/srv/m/data" }),
        ["dataDir", /lies inside of metadataDir/],
    ],
    [
        "metadata and data in one place",
        goodArgs({ metadataDir: "/srv/d", dataDir: "/srv/d" }),
        ["dataDir", /is metadataDir too/],
    ],
    [
        "names that only begin alike lie beside each other",
        goodArgs({ metadataDir: "/srv/data-meta", dataDir: "/srv/data" }),
    ],
    [
        "backups inside of metadata",
        goodArgs({ backupsDir: "/var/lib/garage/meta/backups" }),
        ["backupsDir", /lies inside of metadataDir/],
    ],
    ["a relative path", goodArgs({ dataDir: "data" }), ["dataDir", /an absolute path/]],
    ["a path with a step up", goodArgs({ dataDir: "/srv/../etc" }), ["dataDir", /can't be used here/]],
    ["a path with a slash at its end", goodArgs({ dataDir: "/srv/data/" }), ["dataDir", /can't be used here/]],
    ["a path with a space", goodArgs({ dataDir: "/srv/my data" }), ["dataDir", /can't be used here/]],
    ["a path for a shell", goodArgs({ metadataDir: "/srv/$(id)" }), ["metadataDir", /can't be used here/]],
    ["the root directory", goodArgs({ dataDir: "/" }), ["dataDir", /can't be used here/]],
    ["a home directory", goodArgs({ dataDir: "/home/garage" }), ["dataDir", DIR]],
    ["a directory that is emptied", goodArgs({ metadataDir: "/tmp/meta" }), ["metadataDir", DIR]],
    ["a directory of the system", goodArgs({ metadataDir: "/etc/garage" }), ["metadataDir", DIR]],
    ["a directory with other things", goodArgs({ dataDir: "/srv" }), ["dataDir", DIR]],
    [
        "dataDir and dataDirs",
        goodArgs({ dataDir: "/srv/a", dataDirs: [{ path: "/srv/b", capacity: "1T" }] }),
        ["dataDirs", /together with dataDir/],
    ],
    [
        "dataDirs before 0.9",
        old("0.8", { dataDirs: [{ path: "/srv/b", capacity: "1T" }] }),
        ["dataDirs", /can't be read by Garage 0\.8/],
    ],
    ["no data directory at all", goodArgs({ dataDirs: [] }), ["dataDirs", /^An empty list leaves no place/]],
    [
        "read-only data directories only",
        goodArgs({ dataDirs: [{ path: "/srv/a", readOnly: true }] }),
        ["dataDirs", /leaves no place/],
    ],
    [
        "a data directory without a capacity",
        goodArgs({ dataDirs: [{ path: "/srv/a" }] }),
        ["dataDirs[0].capacity", /^No capacity/],
    ],
    [
        "a capacity for a read-only directory",
        goodArgs({
            dataDirs: [
                { path: "/srv/a", capacity: "1T" },
                { path: "/srv/b", capacity: "1T", readOnly: true },
            ],
        }),
        ["dataDirs[1].capacity", /^A capacity is given for a directory that is readOnly/],
    ],
    [
        "a data directory twice",
        goodArgs({
            dataDirs: [
                { path: "/srv/a", capacity: "1T" },
                { path: "/srv/a", capacity: "1T" },
            ],
        }),
        ["dataDirs[1].path", /is dataDirs\[0\]\.path too/],
    ],
    // directories of containers
    [
        "a metadata directory that goes with the container",
        contained([], { metadataDir: "/srv/m" }),
        ["metadataDir", LOST],
    ],
    ["a data directory that goes with the container", contained([], { dataDir: "/srv/d" }), ["dataDir", LOST]],
    [
        "data directories of which one goes with the container",
        contained(["/srv/paris:/srv/d:Z"], {
            dataDirs: [
                { path: "/srv/d/1", capacity: "1T" },
                { path: "/srv/d2", capacity: "1T" },
            ],
        }),
        ["dataDirs[1].path", /Leave dataDirs\[1\]\.path out, or give .*volumes: \["\/srv\/paris:\/srv\/d2"\]/],
    ],
    ["a backup that goes with the container", contained(undefined, { backupsDir: "/srv/b" }), ["backupsDir", LOST]],
    [
        "directories of a container that lie in its volumes",
        contained(["meta:/srv/m", "/mnt/paris/:/mnt/d/:rw,z"], {
            metadataDir: "/srv/m",
            dataDirs: [
                { path: "/mnt/d/1", capacity: "1T" },
                { path: "/var/lib/garage/data", capacity: "1T" },
            ],
            backupsDir: "/var/lib/garage-backups/old",
        }),
    ],
    [
        "a volume that keeps nothing",
        contained(["/srv/d", "/srv/p:/srv/d:rw,O", "/srv/p:d"], {}),
        ...[0, 1, 2].map((n): [string, RegExp] => [`nodes.paris.container.volumes[${n}]`, /no overlay\. Write it/]),
    ],
    // engine and blocks
    ["an engine in upper case", goodArgs({ dbEngine: "LMDB" }), ["dbEngine", /Did you mean "lmdb"/]],
    ["sled in series 2", goodArgs({ dbEngine: "sled" }), ["dbEngine", /can't be read by Garage 2/]],
    ["lmdb in 0.7", old("0.7", { dbEngine: "lmdb" }), ["dbEngine", /can't be read by Garage 0\.7.*"sled"/]],
    [
        "sled on the way to series 1",
        goodArgs({ stateVersion: "0.9", version: "1.3.0", dbEngine: "sled" }),
        ["dbEngine", /Set dbEngine: "lmdb"; the major upgrade converts/],
    ],
    ["a block size without a unit", goodArgs({ blockSize: "1048576" }), ["blockSize", /with its unit/]],
    ["a tiny block size", goodArgs({ blockSize: "1k" }), ["blockSize", /out of range/]],
    [
        "a compression level that zstd hasn't",
        goodArgs({ compressionLevel: 23 }),
        ["compressionLevel", /from -99 to 22/],
    ],
];

describeRows("bad directories and engines", ROWS);
