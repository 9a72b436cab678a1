import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    closeSync,
    mkdirSync,
    mkdtempSync,
    openSync,
    rmSync,
    symlinkSync,
    truncateSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemPath } from "../machine";
import { TOOL } from "./fakeHost";

// The real programs on files that stand for devices. What is mounted, and grows while it is, is shown on the stand-in's hosts only.

const MIB = 2 ** 20;
const state = (role: string) => `echo "\${VOLUME_STATE[${role}]}"`;

describe("the programs that look at a volume and format it", function () {
    this.timeout(60_000);
    const dir = mkdtempSync(join(tmpdir(), "garage-volume-"));
    const device = join(dir, "device");
    after(() => rmSync(dir, { recursive: true }));

    beforeEach(() => {
        rmSync(device, { force: true });
        writeFileSync(device, "");
        truncateSync(device, 64 * MIB);
    });

    function run(line: string): { code: number; said: string } {
        const bin = join(dir, "bin");
        mkdirSync(bin, { recursive: true });
        // The size of a file, as this one tells that of a device.
        writeFileSync(join(bin, "blockdev"), '#!/bin/sh\nexec stat -Lc %s -- "$2"\n', { mode: 0o755 });
        const load = `set -euo pipefail; HERE="${TOOL}"; for f in "${TOOL}"/lib/*.sh; do source "$f"; done; set_paths; SHEET_LINES=();
            mkdir -p "$RUN/volumes"; volumes_named $'metadata vol-0aaaaaaa\\ndata vol-0bbbbbbb'; VOLUME_DEVICE=([metadata]=${device} [data]=${device});`;
        const ran = spawnSync("bash", ["--norc", "-c", `${load} ${line}`], {
            env: { PATH: `${bin}:${systemPath}`, GARAGE_NODE_ROOT: dir },
            encoding: "utf8",
        });
        return { code: ran.status ?? -1, said: ran.stdout + ran.stderr };
    }

    const blank = () => run(`if volume_blank ${device}; then echo blank; else echo not; fi`).said;
    const program = (command: string, ...args: string[]) => {
        const ran = spawnSync(command, args, { env: { PATH: systemPath }, encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr);
        return ran.stdout;
    };
    const put = (text: string, at: number) => {
        const file = openSync(device, "r+");
        writeSync(file, text, at);
        closeSync(file);
    };

    it("call a new volume blank, and nothing else", () => {
        assert.equal(blank(), "blank\n");
        for (const [what, make] of [
            ["ext4", () => program("mkfs.ext4", "-q", device)],
            ["swap", () => program("mkswap", device)],
            ["a partition table's copy at the end", () => put("EFI PART\0\0\x01\0", 64 * MIB - 512)],
            ["LUKS", () => put("LUKS\xba\xbe", 0)],
            ["one byte at the beginning", () => put("x", 70_000)],
            ["one byte at the end", () => put("x", 64 * MIB - 1)],
            ["too small a device", () => truncateSync(device, 4096)],
            ["no device", () => rmSync(device)],
        ] as const) {
            writeFileSync(device, "");
            truncateSync(device, 64 * MIB);
            make();
            assert.equal(blank(), "not\n", what);
        }
    });

    it("make a file system with its mark and directories, which only root may change, and read it without a mount", () => {
        const made = run(`volume_look metadata c1 paris; volume_format metadata c1 paris; ${state("metadata")}`);
        assert.equal(made.code, 0, made.said);
        assert.match(made.said, /^ours\n/);
        const listed = program("debugfs", "-R", "ls -l /", device);
        for (const [name, mode] of [
            ["meta", "40755"],
            ["kept", "40700"],
            ["backups", "40700"],
            ["garage-node.volume", "100600"],
            ["\\.", "40755"],
        ])
            assert.match(listed, new RegExp(` ${mode} \\(\\d\\) +${process.getuid!()} .* ${name}\n`), name);
        assert.equal(
            program("debugfs", "-R", "cat /garage-node.volume", device),
            "volume vol-0aaaaaaa\ncluster c1\nnode paris\nrole metadata\n",
        );
        assert.match(
            run("volume_look metadata c1 rome").said,
            /is that of node paris of cluster c1, not of rome of c1; it was not written to/,
        );
        assert.match(run("volume_look data c1 paris").said, /is the one for metadata/);
    });

    it("see the mark of a volume whose journal isn't replayed, and rely on nothing else there", () => {
        assert.equal(run("volume_look metadata c1 paris; volume_format metadata c1 paris").code, 0);
        const ledger = join(dir, "ledger");
        writeFileSync(ledger, "ledger 1\ncluster c1\nnode rome\n");
        program("debugfs", "-w", "-R", `write ${ledger} /meta/garage-node.ledger`, device);
        assert.match(run("volume_look metadata c1 paris").said, /is that of node rome of cluster c1/);
        program("debugfs", "-w", "-R", "feature needs_recovery", device);
        const sum = program("sha256sum", device);
        assert.deepEqual(run("volume_look metadata c1 paris"), { code: 0, said: "" });
        assert.equal(program("sha256sum", device), sum);
    });

    it("find a formatting that was cut short by what it had begun with", () => {
        assert.equal(run("volume_look data c1 paris; volume_format data c1 paris").code, 0);
        program("debugfs", "-w", "-R", "rm /garage-node.volume", device);
        assert.match(run("volume_look data c1 paris").said, /has no mark/);
        const uuid = program("blkid", "-p", "-o", "value", "-s", "UUID", device).trim();
        const note = join(dir, "etc/garage-node/formatting-data");
        writeFileSync(note, `volume vol-0bbbbbbb\nuuid ${uuid}\n`);
        assert.deepEqual(run(`volume_look data c1 paris; ${state("data")}`), { code: 0, said: "half\n" });
        writeFileSync(
            note,
            `volume vol-0bbbbbbb\nuuid ${uuid.replace(/^./, (first) => (first === "0" ? "1" : "0"))}\n`,
        );
        assert.match(run("volume_look data c1 paris").said, /has no mark/);
    });

    it("tell how large a file system is", () => {
        program("mkfs.ext4", "-q", "-b", "4096", device);
        const link = join(dir, "link");
        symlinkSync(device, link);
        assert.equal(run(`volume_blocks ${link} blocks; echo "$blocks"`).said, `${(64 * MIB) / 4096}\n`);
    });
});
