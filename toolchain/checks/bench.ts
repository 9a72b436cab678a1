import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root, tryRun } from "../shell";
import { TESTED_RELEASES } from "../tools/garage";
import { prepare } from "../tools/prepare";

/** Runs one of bench/*.ts with the toolchain that the tests have. */
export async function bench(name = ""): Promise<boolean> {
    const file = join("bench", `${name}.ts`);
    if (!/^[a-z-]+$/.test(name) || !existsSync(join(root, file))) {
        const all = readdirSync(join(root, "bench")).map((each) => each.replace(/\.ts$/, ""));
        throw new Error(`no bench "${name}"; there are: ${all.filter((each) => each !== "support").join(", ")}`);
    }
    const toolchain = await prepare({ garage: TESTED_RELEASES, containers: true });
    const env = { ...toolchain.env, GARAGE_MIRROR: toolchain.mirrorDir };
    return (await tryRun(join(root, "node_modules", ".bin", "tsx"), [file], { env, show: true })).code === 0;
}
