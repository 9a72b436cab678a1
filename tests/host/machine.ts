import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program can be run there: many machines, and containers by default, forbid it in /dev/shm. */
function runsPrograms(dir: string): boolean {
    try {
        const own = mkdtempSync(join(dir, "runs-"));
        writeFileSync(join(own, "program"), "#!/bin/sh\n", { mode: 0o755 });
        const { status } = spawnSync(join(own, "program"));
        rmSync(own, { recursive: true });
        return status === 0;
    } catch {
        return false;
    }
}

/** Where fake hosts lie: in memory where that can be had, as every step of a ledger is an fsync. */
export const inMemory = runsPrograms("/dev/shm") ? "/dev/shm" : tmpdir();

/** Where a host's programs are, as systemd has it: not what whoever runs the tests has put before it. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
