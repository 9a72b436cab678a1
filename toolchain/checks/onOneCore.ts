import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

// Loaded by each of mocha's parallel processes: this one and all its children stay on one core. Where that can't be had, they stay free.
const worker = process.env.MOCHA_WORKER_ID;
if (worker !== undefined)
    spawnSync("taskset", ["-acp", String(Number(worker) % availableParallelism()), String(process.pid)]);
