import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { World } from "../world/world";
import { DAEMON, NEW, OLD, RollHost, SWITCH, sheet } from "./rollDaemon";

// What a node does about the cluster's load balancer around a stop. That the kernel does as it is told is the stories' on AWS's stand-in.

const OPTION = "balancer 20 3900,3902 10.0.0.7,10.0.1.8\n";
const REFUSES = "refuse { 10.0.0.7,10.0.1.8 } on { 3900,3902 }";

/** nft and iptables as this host has them: by files, `none`, `fails`. What they did is an act. */
const PACKETS = `
command() { case "$*" in "-v nft" | "-v iptables") [ ! -e "$FAKE/none-$2" ] ;; *) builtin command "$@" ;; esac; }
nft() {
    [ ! -e "$FAKE/fails-nft" ] || return 1
    case "$*" in
        "-f -") sed -n 's/.*ip saddr \\({.*}\\) tcp dport \\({.*}\\) tcp flags & (fin|syn|rst|ack) == syn reject with tcp reset/refuse \\1 on \\2/p' >>"$FAKE/acts" ;;
        "delete table inet garage_balancer") [ ! -e "$FAKE/stuck-nft" ] && echo accept >>"$FAKE/acts" ;;
        "list tables") [ ! -e "$FAKE/stuck-nft" ] || echo "table inet garage_balancer" ;;
        *) echo "nft $*" >>"$FAKE/acts" ;;
    esac
}
iptables() {
    [ ! -e "$FAKE/fails-iptables" ] || return 1
    case "$*" in "-w -C "*) return 1 ;; esac
    echo "iptables $*" >>"$FAKE/acts"
}
`;

describe("a node behind the cluster's load balancer", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (files: Record<string, string> = {}, ledger: Record<string, string> = {}, options = OPTION) => {
        host = new RollHost(files, ledger, options);
    };
    afterEach(() => host.done());

    const roll = (words: string, release = "1.3.0", fakes = "") =>
        host.verb(`roll ${words}`, sheet([], [release, release, release]), DAEMON + PACKETS + fakes);
    /** Where the rule is told of, outside of what a reboot clears. */
    const onDisk = () =>
        execFileSync("bash", [
            "-c",
            'grep -rlE "garage.balancer|^nft$|^iptables$" "$1" --exclude-dir=run --exclude-dir=fake || true',
            "_",
            host.root,
        ])
            .toString()
            .trim();

    it("refuses the balancer's new connections, and nobody else's, for as long as it says; then it stops, and once it is proven takes them again", () => {
        world();
        const ran = roll(
            NEW,
            "1.3.0",
            'eval "told_$(declare -f nap)"; nap() { echo "nap $1" >>"$FAKE/naps"; told_nap "$1"; }',
        );
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.deepEqual(host.calls(), [REFUSES, ...SWITCH, "accept"]);
        assert.match(ran.stderr, /refuses the load balancer's new connections for 20 s/);
        assert.ok(host.read("fake/naps").split("\n").includes("nap 20"));
        assert.equal(onDisk(), "");
    });

    it("does nothing of that where there is no balancer", () => {
        world({}, {}, "");
        assert.equal(roll(NEW).code, 0);
        assert.deepEqual(host.calls(), SWITCH);
    });

    for (const [what, files] of [
        ["isn't there", { "fake/none-nft": "" }],
        ["can do nothing here", { "fake/fails-nft": "" }],
    ] as const)
        it(`takes iptables where nft ${what}`, () => {
            world(files);
            assert.equal(roll(NEW).code, 0);
            const chain = "garage-balancer";
            assert.deepEqual(host.calls(), [
                `iptables -w -N ${chain}`,
                ...["3900", "3902"].map(
                    (port) =>
                        `iptables -w -A ${chain} -s 10.0.0.7,10.0.1.8 -p tcp --dport ${port} --syn -j REJECT --reject-with tcp-reset`,
                ),
                `iptables -w -I INPUT -j ${chain}`,
                ...SWITCH,
                `iptables -w -D INPUT -j ${chain}`,
                `iptables -w -F ${chain}`,
                `iptables -w -X ${chain}`,
            ]);
        });

    it("stops at once where neither is there, and says once what that means", () => {
        world({ "fake/none-nft": "", "fake/none-iptables": "" });
        const ran = roll(NEW);
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual(host.calls(), SWITCH);
        assert.equal(ran.stderr.match(/neither nft nor iptables/g)?.length, 1, ran.stderr);
        assert.doesNotMatch(ran.stderr, /refuses the load balancer/);
    });

    it("takes them again when it isn't stopped after all", () => {
        world();
        const ran = roll(
            NEW,
            "1.3.0",
            `nap() { [ "$1" != 20 ] || sed -i '/ rome /s/ up$/ down/' "$FAKE/cluster"; NOW=$((NOW + 120)); }`,
        );
        assert.match(ran.stderr, /\[peers-unhealthy\]/);
        assert.deepEqual(host.calls(), [REFUSES, "accept"]);
    });

    it("takes them again when whoever proves it next finds that it was cut short before the stop", () => {
        world();
        assert.equal(roll(NEW, "1.3.0", "gate_views_hold() { exit 9; }").code, 9);
        assert.deepEqual(host.calls(), [REFUSES]);
        host.file("calls", "");
        const ran = roll(OLD, "1.2.0");
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual(host.calls(), ["accept"]);
    });

    it("leaves nothing behind of a stop that was cut short, also where nft has come meanwhile", () => {
        world({ "fake/none-nft": "" });
        assert.equal(roll(NEW, "1.3.0", "gate_views_hold() { exit 9; }").code, 9);
        host.remove("fake/none-nft");
        host.file("calls", "");
        assert.equal(roll(NEW).code, 0);
        const [first, ...rest] = host.calls();
        assert.equal(first, "iptables -w -D INPUT -j garage-balancer");
        assert.deepEqual(rest.slice(2), [REFUSES, ...SWITCH, "accept"]);
    });

    it("is no finished roll while the balancer stays refused, or node after node would be; the note of it stays", () => {
        world();
        const ran = roll(NEW, "1.3.0", 'gate_after() { GATE_SEEN=all; touch "$FAKE/stuck-nft"; }');
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /the load balancer stays refused, as nft doesn't take the rule .*\[hook-failed\]/);
        assert.equal(host.read("run/garage-node/balancer"), "nft\n");
        assert.match(roll(NEW).stderr, /\[hook-failed\]/);
        host.remove("fake/stuck-nft");
        host.file("calls", "");
        assert.equal(roll(NEW).code, 0);
        assert.ok(host.calls().includes("accept") && !host.calls().includes("stop"), host.calls().join());
        assert.ok(!existsSync(join(host.root, "run/garage-node/balancer")));
    });

    it("isn't refused where no note of it can be written: nobody would take the rule away", () => {
        world();
        const full = `command() {
            [ "$*" != "-v nft" ] || { mkdir -p "$RUN" && ln -sfn /dev/full "$RUN/balancer"; }
            builtin command "$@"
        }`;
        const ran = roll(NEW, "1.3.0", full);
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual(host.calls(), SWITCH);
        assert.match(
            ran.stderr,
            /the load balancer can't be refused here for this stop \(can't write below .*is \/run full/,
        );
    });

    it("gets no requests while it doesn't serve, and none are kept from a canary that went back", () => {
        world({ [`broken-${NEW}`]: "" });
        assert.match(roll(NEW).stderr, /\[gate-failed\]/);
        assert.ok(!host.calls().includes("accept"));
        host.done();
        world({ [`broken-${NEW}`]: "" });
        assert.match(roll(`${NEW} canary`).stderr, /went back|is back/);
        assert.equal(host.calls().at(-1), "accept");
    });

    it("waits for nobody where its daemon is down already", () => {
        world();
        host.remove("up");
        const ran = roll(NEW);
        assert.equal(ran.code, 0, ran.stderr);
        assert.ok(!host.calls().includes(REFUSES));
        assert.doesNotMatch(ran.stderr, /refuses the load balancer/);
    });

    it("gets nftables by stage, where it has nothing that refuses packets", () => {
        world();
        const installs = (options: string, none: string[]) => {
            const alone = new World();
            alone.options(options);
            for (const name of none) alone.write(`fake/none-${name}`, "");
            const ran = alone.lib(`${PACKETS} packages_install() { echo "install $*"; return 1; }; balancer_ready`);
            alone.done();
            assert.equal(ran.code, 0, ran.stderr);
            return ran.stdout;
        };
        assert.equal(installs(OPTION.trim(), ["nft", "iptables"]), "install nftables\n");
        assert.equal(installs(OPTION.trim(), ["nft"]), "");
        assert.equal(installs("", ["nft", "iptables"]), "");
    });
});
