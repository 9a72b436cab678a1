import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { programs } from "../../../sdk/inspect/script";

/** What `expression` makes of each input, all in one process: jq takes a while to read so long a program. */
function jqEach(expression: string, inputs: readonly unknown[]): unknown[] {
    const ran = spawnSync("jq", ["-c", "--arg", "series", "1", `${programs()} ${expression}`], {
        input: inputs.map((each) => JSON.stringify(each)).join("\n"),
        encoding: "utf8",
    });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
}

const jq = (expression: string, input: unknown) => jqEach(expression, [input])[0];

const SECRET = "hunter2hunter2hunter2";

/** Ways in which a secret may stand in a garage.toml. */
const TEXTS: [text: string, masked: string][] = [
    [`rpc_secret = "${SECRET}"`, 'rpc_secret = "@secret"'],
    [`rpc_secret="${SECRET}"`, 'rpc_secret="@secret"'],
    [`rpc_secret = '${SECRET}'`, 'rpc_secret = "@secret"'],
    [`rpc_secret = """\n${SECRET}"""`, 'rpc_secret = "@secret"'],
    [`rpc_secret = '''${SECRET}'''`, 'rpc_secret = "@secret"'],
    [`"rpc_secret" = "${SECRET}"`, '"rpc_secret" = "@secret"'],
    [`admin.admin_token = "${SECRET}"`, 'admin.admin_token = "@secret"'],
    [
        `admin = { api_bind_addr = "x", metrics_token = "${SECRET}" }`,
        'admin = { api_bind_addr = "x", metrics_token = "@secret" }',
    ],
    [`[consul_discovery]\ntoken = "${SECRET}"`, '[consul_discovery]\ntoken = "@secret"'],
    [`rpc_secret = "a\\"${SECRET}"`, 'rpc_secret = "@secret"'],
    [`# rpc_secret = "${SECRET}"\nx = 1`, "\nx = 1"],
    [`x = "#" # ${SECRET}`, 'x = "#" '],
    [`x = '#' # it's ${SECRET}`, "x = '#' "],
    [`trace_sink = "http://me:${SECRET}@host/"`, 'trace_sink = "http://@secret@host/"'],
    ['rpc_secret_file = "/etc/secret"', 'rpc_secret_file = "/etc/secret"'],
    ['my_token = "public"', 'my_token = "public"'],
];

describe("a configuration on its way from a host", () => {
    let said: unknown[];
    before(() => {
        said = jqEach(
            "masked",
            TEXTS.map(([text]) => text),
        );
    });
    for (const [at, [text, masked]] of TEXTS.entries())
        it(JSON.stringify(text), () => {
            assert.equal(said[at], masked);
            assert.ok(!masked.includes(SECRET));
        });
});

const words = (...all: string[]) => ["garage", ...all].map((word) => `${word}\0`).join("");

describe("a daemon's secret", () => {
    const rows: [what: string, facts: Record<string, string>, secret: unknown, file: unknown][] = [
        ["stands in its configuration", { config: `rpc_secret = "${SECRET}"` }, SECRET, null],
        ["isn't the one of a comment", { config: `# rpc_secret = "old"\nrpc_secret = '${SECRET}'` }, SECRET, null],
        ["may have escapes", { config: 'rpc_secret = "a\\"\\u0041"' }, 'a"A', null],
        ["stands in a file", { config: 'rpc_secret_file = "/a"' }, null, "/a"],
        [
            "in the environment goes before the file",
            { config: 'rpc_secret = "x"', environ: `GARAGE_RPC_SECRET=${SECRET}\0` },
            SECRET,
            null,
        ],
        ["may be in a file that the environment names", { environ: "GARAGE_RPC_SECRET_FILE=/b\0" }, null, "/b"],
        [
            "in the command line goes before all",
            { cmdline: words("--rpc-secret", SECRET), environ: "GARAGE_RPC_SECRET=x\0" },
            SECRET,
            null,
        ],
        ["in the command line may be short", { cmdline: words("-s", SECRET) }, SECRET, null],
        ["in the command line may have a sign", { cmdline: words(`--rpc-secret=${SECRET}`) }, SECRET, null],
        ["may be none", {}, null, null],
    ];
    let said: unknown[];
    before(() => {
        said = jqEach(
            '[secret("rpc_secret"), secret_file("rpc_secret")]',
            rows.map(([, facts]) => facts),
        );
    });
    for (const [at, [what, , secret, file]] of rows.entries())
        it(what, () => assert.deepEqual(said[at], [secret, file]));
});

describe("what is shown of a process", () => {
    it("is no word that may be a secret", () =>
        assert.deepEqual(
            jq(
                "shown_words",
                words("--rpc-secret", SECRET, "-s", SECRET, `--admin-token=${SECRET}`, "-c", "/etc/g.toml", "server"),
            ),
            ["--rpc-secret", "…", "-s", "…", "--admin-token", "-c", "/etc/g.toml", "server"],
        ));

    it("is no variable but Garage's own, without its secret", () =>
        assert.deepEqual(
            jq(
                "shown_environment",
                `PATH=/bin\0AWS_SECRET=${SECRET}\0GARAGE_RPC_SECRET=${SECRET}\0GARAGE_ADMIN_TOKEN_FILE=/a\0GARAGE_CONFIG_FILE=/b\0RUST_LOG=a=b\0`,
            ),
            { GARAGE_RPC_SECRET: "…", GARAGE_ADMIN_TOKEN_FILE: "/a", GARAGE_CONFIG_FILE: "/b", RUST_LOG: "a=b" },
        ));

    it("is of a container how it is run, and not its environment", () => {
        const seen = [
            {
                Name: "/garaged",
                State: { Pid: 4711 },
                Config: {
                    Image: "dxflrs/garage:v1.3.0",
                    Env: [`GARAGE_RPC_SECRET=${SECRET}`],
                    Labels: { "com.docker.compose.project.config_files": "/srv/compose.yml", other: SECRET },
                },
                HostConfig: {
                    RestartPolicy: { Name: "always" },
                    NetworkMode: "host",
                    PortBindings: { "3900/tcp": [{ HostIp: "", HostPort: "9000" }], "1/udp": null },
                },
                Mounts: [{ Type: "bind", Source: "/srv/meta", Destination: "/var/lib/garage/meta", Mode: "" }],
            },
        ];
        assert.deepEqual(jq("keeper", { container: "docker 0123", container_json: JSON.stringify(seen) }), {
            kind: "container",
            container: {
                engine: "docker",
                id: "0123",
                name: "garaged",
                image: "dxflrs/garage:v1.3.0",
                restart: "always",
                restartFixed: false,
                autoRemove: false,
                network: "host",
                pid: 4711,
                unit: null,
                compose: "/srv/compose.yml",
                mounts: [{ source: "/srv/meta", target: "/var/lib/garage/meta", type: "bind" }],
                ports: [{ inside: 3900, host: 9000 }],
            },
        });
        assert.deepEqual(jq("keeper", { container: "podman 0123", container_json: "" }), {
            kind: "container",
            container: { engine: "podman", id: "0123" },
        });
    });

    it("is a release only where its binary says one", () => {
        const rows = [
            ["garage 0.7.0", "0.7.0"],
            ["garage cargo:1.3.0 [features: k2v]", "1.3.0"],
            ["garage v2.1.0 [features: k2v]", "2.1.0"],
            ["garage git:v0.9.4", "0.9.4"],
            ["garage v2.1.0-mine", "2.1.0-mine"],
            ["something else", null],
            ["", null],
        ];
        const said = jqEach(
            "release_said",
            rows.map(([text]) => text),
        );
        assert.deepEqual(
            said,
            rows.map(([, release]) => release),
        );
    });
});
