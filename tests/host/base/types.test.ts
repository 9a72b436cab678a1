import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { assertRefused, FakeHost, METADATA } from "./fakeHost";

const ledger = `${METADATA}/garage-node.ledger`;

/** Texts that some program would run, follow, calculate with or be confused by. */
const HOSTILE = [
    "EUID[$(touch $GARAGE_NODE_ROOT/ran)]",
    "$(touch $GARAGE_NODE_ROOT/ran)",
    "a[$(touch$IFS$GARAGE_NODE_ROOT/ran)]",
    "../../../tmp/evil",
    "-delete",
    "1;touch ran",
    "08",
    "99999999999999999999",
    "\u001b[2J",
    "x'y\"z`touch ran`",
];

describe("what is read from records and sheets", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("has the type of its key, or ends the verb by name, and is run nowhere", () => {
        host = FakeHost.like("2.5.0");
        const keys = [
            "id",
            "metadata",
            "series",
            "release",
            "generation",
            "epoch",
            "hop",
            "attempt",
            "quietat",
            "tool",
        ];
        const good = host.read(ledger);
        const script = keys.flatMap((key) =>
            HOSTILE.map(
                (value) =>
                    `(cat >"$GARAGE_NODE_ROOT${ledger}" <<'LEDGER'\n${good}${key} ${value}\nLEDGER\nledger_get ${key} seen && echo "${key} was taken for $seen") || true`,
            ),
        );
        const run = host.lib(script.join("\n"));
        const taken = run.stdout.split("\n").filter((line) => / was taken for /.test(line));
        // A word that is no command anywhere may be a word.
        assert.deepEqual(
            taken.filter((line) => !/ was taken for (08|9{20})$/.test(line)),
            [],
        );
        assert.deepEqual(
            taken.filter((line) => /^(attempt|quietat|id|release|metadata) /.test(line)),
            [],
        );
        assert.ok(!host.has("ran"), "something was run");
        assert.match(run.stderr, /says of "attempt" can't be meant .*\[record-unfit\]/);
    });

    it("is calculated with only where it is a number, an option's too", () => {
        host = FakeHost.like("2.5.0");
        host.write("opt/garage/options", "lockTimeoutSeconds a[$(touch $GARAGE_NODE_ROOT/ran)]\n");
        const call = 'jobs_limit limit; echo "$((limit + 1))"';
        assertRefused(host.lib(call), "record-unfit");
        assert.ok(!host.has("ran"), "something was run");
        host.write("opt/garage/options", "lockTimeoutSeconds 7\n");
        assert.equal(host.lib(call).stdout, "8\n");
    });

    it("ends the verb where the call has a line that can't be meant", () => {
        host = FakeHost.like("2.5.0");
        for (const line of ["replicationfactor a[$(id)]", "peer paris zz host:3901 storage in", "node ../paris"])
            assertRefused(host.lib(`sheet_read <<<$'${line}\\nlines 2'; sheet_whole`), "sheet-unfit");
    });

    it("never follows a link, nor waits for a pipe, in the place of a record", () => {
        host = FakeHost.like("2.5.0");
        const path = host.path(ledger);
        const put: Record<string, () => void> = {
            link: () => {
                writeFileSync(host.path("elsewhere"), host.read(ledger));
                execFileSync("rm", [path]);
                symlinkSync(host.path("elsewhere"), path);
            },
            pipe: () => execFileSync("sh", ["-c", `rm -rf '${path}' && mkfifo '${path}'`]),
            directory: () => {
                execFileSync("rm", [path]);
                mkdirSync(path);
            },
        };
        for (const plant of Object.values(put)) {
            plant();
            assertRefused(host.lib("ledger_get series seen"), "unreadable");
            assertRefused(host.lib("ledger_update a=1"), "unreadable");
        }
    });

    it("isn't written where it could not be read again", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(host.lib("ledger_update 'attempt=a[$(id)]'"), "ledger-unwritable");
    });
});
