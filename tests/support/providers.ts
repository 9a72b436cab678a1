import Module from "node:module";
import { providersPath } from "../../toolchain/tools/providers";

/** From now on this process, and whatever it starts, finds the providers' packages in the toolchain's cache, as a user's program does in its node_modules. */
export async function reachProviders(): Promise<void> {
    process.env.NODE_PATH = await providersPath();
    // Node reads NODE_PATH once, when it starts.
    (Module as unknown as { _initPaths(): void })._initPaths();
}
