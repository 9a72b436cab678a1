import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectCommand } from "../../../sdk/inspect/main";
import { hosts } from "../adopt/support";

const SECRETS = {
    rpc_secret: "5ec2e7".repeat(11).slice(0, 64),
    admin_token: "admin-token-of-ours",
    metrics_token: "metrics-token",
};

/** Answers as a host would, by what lies in files; what `-G` says is the target itself. */
const SSH = `#!/bin/bash
for target; do case "$target" in sh\\ *) break ;; esac; last="$target"; done
if [ "$1" = -G ]; then printf 'hostname %s\\nport 22\\nuser root\\n' "\${last#*@}"; exit; fi
script="$(cat)"
read -r _ verb mark _ <<<"\${script##*$'\\n'}"
echo "Welcome!"
[ -e "$0.$last.$verb" ] || { echo "ssh: connect to host $last port 22: No route to host" >&2; exit 255; }
printf '%s %s\\n' "$mark" "$(cat "$0.$last.$verb")"
`;
const PULUMI = `#!/bin/bash
[ ! -e "$0.fails" ] || { echo "error: no stack selected" >&2; exit 255; }
printf '%s\\n' "$*" >>"$0.words"; cat >>"$0.stdin"; echo >>"$0.stdin"
`;

describe("inspect at the command line", () => {
    let dir: string;
    let said: string[];
    const path = process.env.PATH;
    const { log, error } = console;

    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "inspect-"));
        for (const [name, text] of [
            ["ssh", SSH],
            ["pulumi", PULUMI],
        ] as const) {
            writeFileSync(join(dir, name), text);
            chmodSync(join(dir, name), 0o755);
        }
        process.env.PATH = `${dir}:${path}`;
        said = [];
        console.log = console.error = (text: string) => void said.push(text);
    });
    afterEach(() => {
        process.env.PATH = path;
        Object.assign(console, { log, error });
        rmSync(dir, { recursive: true });
    });

    const answers = (target: string, verb: string, text: string) =>
        writeFileSync(join(dir, `ssh.${target}.${verb}`), text);
    const threeHosts = () => {
        for (const { reach, look, node } of hosts()) {
            answers(reach.target, "look", JSON.stringify(look));
            answers(reach.target, "ask", JSON.stringify(node));
            answers(reach.target, "secrets", JSON.stringify(SECRETS));
        }
        return hosts().map(({ reach }) => reach.target);
    };
    const out = () => join(dir, "store");
    const text = () => said.join("\n");

    it("writes a project and adopt.json, once", async () => {
        const targets = threeHosts();
        assert.equal(await inspectCommand([...targets, "--out", out()]), 0, text());
        assert.deepEqual(readdirSync(out()).sort(), [
            "Pulumi.yaml",
            "adopt.json",
            "index.ts",
            "package.json",
            "tsconfig.json",
        ]);
        assert.match(text(), /london +root@192\.0\.2\.1 +1\.3\.0/);
        assert.match(text(), /pulumi preview says what a\ntakeover changes/);
        const before = readFileSync(join(out(), "index.ts"), "utf8");
        await assert.rejects(
            inspectCommand([...targets, "--out", out(), "--language", "yaml"]),
            /Pulumi\.yaml, adopt\.json already.*--again/,
        );
        assert.equal(readFileSync(join(out(), "index.ts"), "utf8"), before);
    });

    it("writes adopt.json anew with --again, and leaves the program as it is", async () => {
        const targets = threeHosts();
        const again = ["--again", "--out", out()];
        await assert.rejects(inspectCommand([...targets, ...again]), /there is no .*adopt\.json to be written anew/);
        assert.ok(!existsSync(out()));
        await inspectCommand([...targets, "--out", out()]);
        const first = JSON.parse(readFileSync(join(out(), "adopt.json"), "utf8"));
        writeFileSync(join(out(), "index.ts"), "mine");
        writeFileSync(join(out(), "adopt.json"), JSON.stringify({ ...first, at: "2026-01-01T00:00:00Z" }));
        assert.equal(await inspectCommand([...targets, ...again]), 0, text());
        assert.equal(readFileSync(join(out(), "index.ts"), "utf8"), "mine");
        const second = JSON.parse(readFileSync(join(out(), "adopt.json"), "utf8"));
        assert.notEqual(second.at, "2026-01-01T00:00:00Z");
        assert.deepEqual({ ...second, at: "" }, { ...first, at: "" });
        assert.match(text(), /Written anew: .*adopt\.json/);
        writeFileSync(join(out(), "adopt.json"), "mine");
        await assert.rejects(inspectCommand([...targets, ...again]), /isn't what inspect writes/);
        assert.equal(readFileSync(join(out(), "adopt.json"), "utf8"), "mine");
    });

    it("prints JSON alone, for machines", async () => {
        assert.equal(await inspectCommand([...threeHosts(), "--json", "--out", out()]), 0);
        const { inspect, nodes, reasons } = JSON.parse(text());
        assert.deepEqual([inspect, Object.keys(nodes), reasons[0].weight], [1, ["london", "paris", "rome"], "note"]);
    });

    it("puts the secrets into the stack, by stdin, and writes and says nothing of them", async () => {
        assert.equal(await inspectCommand([...threeHosts(), "--set-config", "--out", out()]), 0, text());
        const words = readFileSync(join(dir, "pulumi.words"), "utf8");
        assert.deepEqual(
            words.trim().split("\n"),
            ["rpcSecret", "adminToken", "metricsToken"].map((name) => `config set --secret --cwd ${out()} ${name}`),
        );
        assert.deepEqual(readFileSync(join(dir, "pulumi.stdin"), "utf8").trim().split("\n"), Object.values(SECRETS));
        for (const secret of Object.values(SECRETS)) assert.ok(!text().includes(secret));
        assert.ok(!existsSync(out()));
    });

    it("says what to do where no stack is selected", async () => {
        writeFileSync(join(dir, "pulumi.fails"), "");
        await assert.rejects(
            inspectCommand([...threeHosts(), "--set-config", "--out", out()]),
            /pulumi stack init.*\n.*no stack selected/,
        );
    });

    it("writes nothing where a host isn't reached, has no jq, or nobody may be root there, and says all of it", async () => {
        const [first] = threeHosts();
        answers("nojq", "look", "lacks jq apt-get install -y jq");
        answers("noroot", "look", "lacks root");
        assert.equal(await inspectCommand([first!, "nojq", "noroot", "away", "--out", out()]), 1);
        assert.match(text(), /nojq: jq isn't installed there\. There, as root: apt-get install -y jq; .*\[adopt-jq\]/);
        assert.match(text(), /noroot: .*\[adopt-root\]/);
        assert.match(
            text(),
            /away: no answer: ssh: connect to host away port 22: No route to host\. .*\[adopt-unreached\]/,
        );
        assert.ok(!existsSync(out()));
    });

    for (const words of [
        [],
        ["a", "--out"],
        ["a", "--what"],
        ["a", "--language", "go"],
        ["a", "--again", "--set-config"],
        ["-oProxyCommand=x"],
        ["a", "a"],
    ])
        it(`refuses the words "${words.join(" ")}", and shows how it is called`, async () => {
            assert.equal(await inspectCommand(words), 2);
            assert.match(text(), /inspect \[user@\]host/);
        });
});
