import { strict as assert } from "node:assert";
import { bash } from "./support";

// Answers that are asked for ahead never stand for what has changed since.

const PEERS = `SHEET_LINES=("peer a ${"a".repeat(64)} h1:3901 storage in" "peer b ${"b".repeat(64)} h2:3901 storage in")\n`;

const DAEMON = `
D=$(mktemp -d); trap 'rm -rf "$D"' EXIT
wait_until() { shift 2; "$@" || "$@"; }
daemon_show() { give 0 "\${2:-}"; }
daemon_answers() { :; }
serving() { LAST_SEEN="S3 doesn't answer"; [ ! -e "$D/mute" ]; }
connect_back() { :; }
partitions_ok() { LAST_SEEN="partitions 256/256"; [ ! -e "$D/degraded" ]; }
gate_facts_hold() { [ ! -e "$D/errors" ] || { LAST_SEEN="resync_errors is 7" && return 1; }; }
_partitions_say() { local code=0; partitions_ok || code=1; : >"$D/partitions"; echo "$LAST_SEEN"; return "$code"; }
gate_figures() { local code=0; gate_facts_hold || code=1; : >"$D/figures"; return "$code"; }
# The first look comes after both questions were answered, and then things get worse.
views_or_connect() {
    LAST_SEEN="seen by 2 of 2"
    until [ -e "$D/partitions" ] && [ -e "$D/figures" ]; do nap 0.02; done
    [ ! -e "$D/late" ] || { rm "$D/late" && touch "$D/$WORSE" && return 1; }
}
judge() { if gate_after gen ""; then echo "passed: $GATE_SEEN"; else echo "failed: $LAST_SEEN"; fi; }
`;

describe("the gate of a roll", () => {
    it("passes by one look at everything", () => {
        assert.equal(bash(`${PEERS}${DAEMON} WORSE=; judge`).stdout, "passed: seen by 2 of 2 · partitions 256/256\n");
    });

    for (const [worse, why] of [
        ["errors", "resync_errors is 7"],
        ["degraded", "partitions 256/256"],
        ["mute", "S3 doesn't answer"],
    ])
        it(`asks again after the views were late: ${worse} that came meanwhile fail it`, () => {
            assert.equal(bash(`${PEERS}${DAEMON} WORSE=${worse}; touch "$D/late"; judge`).stdout, `failed: ${why}\n`);
        });

    it("gives a layout time to settle: a daemon that has just started tells so only after a while", () => {
        const late = `tries=0
            layout_settled() { tries=$((tries + 1)); [ "$tries" -gt 2 ]; }
            gate_settled && echo "settled at try $tries"\n`;
        assert.equal(bash(late).stdout, "settled at try 3\n");
    });

    it("takes half an answer for none", () => {
        const half = `each_peer() { printf 'a\\t0\\tsync=idle resync_errors=0 \\n'; kill -9 "$BASHPID"; }\n`;
        assert.equal(
            bash(`${PEERS}${half} gate_look; gate_differs sync idle && echo differs; on_all : || echo "$LAST_SEEN"`)
                .stdout,
            "differs\n1 nodes were not asked\n",
        );
    });

    // As under an out-of-memory killer: nothing was said, because nothing was looked at.
    for (const [what, call, says] of [
        ["fewer entries", `gate_items "items.object=30" <<<"items.object=0"`, "tables could not be compared"],
        ["tables at work", `sync_idle ""`, "the list of workers could not be read"],
    ])
        it(`takes an awk that can't run for no answer: ${what}`, () => {
            const world = `
                runs_series() { return 1; }
                workers() { printf 'Busy\\tobject sync\\t200\\t0\\nBusy\\tBlock repair worker\\t0\\t0\\n'; }
                judge() { if ${call}; then echo yes; else echo "$LAST_SEEN"; fi; }\n`;
            const broken = `awk() { case "$*" in *" at work"* | *" it had "*) return 137 ;; esac; command awk "$@"; }\n`;
            assert.doesNotMatch(bash(`${world}judge`).stdout, /yes|could not/);
            assert.equal(bash(`${world}${broken}judge`).stdout.trim(), says);
        });

    it("waits by a clock that doesn't jump with the time of day", () => {
        const jumps = `
            tries=0
            at_last() { SECONDS=$((SECONDS + 3600)); tries=$((tries + 1)); [ "$tries" -gt 2 ]; }
            sleep() { SECONDS=$((SECONDS + 3600)); command sleep "$1"; }
            wait_until 30 "it" at_last && echo waited
            clock from; settle 1 "settling" 2>/dev/null; clock to; [ $((to - from)) -ge 1 ] && echo settled\n`;
        assert.equal(bash(jumps).stdout, "waited\nsettled\n");
    });
});
