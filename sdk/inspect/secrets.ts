import { spawnSync } from "node:child_process";
import { type ToAsk, theDaemon, toAsk } from "../adopt/cluster";
import { FromConfig } from "../adopt/programArgs";
import { SECRET_KEYS } from "../garage/secretKeys";
import { factsOf, type Inspected } from "./inspect";
import { onHost } from "./onHost";

/** Puts the secrets that a program names into the stack that is selected in `dir`; they come by stdin, and are shown nowhere. */
export async function setConfig(
    { cluster, args }: Inspected,
    dir: string,
    options: readonly string[],
): Promise<string[]> {
    const [node] = cluster.nodes;
    // Seen before: there is one, and it can be asked.
    const wanted = toAsk(theDaemon(node!.look) as never) as ToAsk;
    const secrets = (await onHost(node!.reach.target, "secrets", factsOf(wanted, "none"), options)) as Record<
        string,
        string
    >;
    const names = Object.values(args ?? {}).flatMap((value) => (value instanceof FromConfig ? [value.name] : []));
    for (const name of names) {
        const value = secrets[SECRET_KEYS[name]!];
        if (value === undefined)
            throw new Error(`${node!.name} doesn't say its ${SECRET_KEYS[name]} any more; inspect again`);
        const words = ["config", "set", "--secret", "--cwd", dir, name];
        const { status, stderr, error } = spawnSync("pulumi", words, { input: value, encoding: "utf8" });
        // One that fails at once doesn't read what it gets, which is an error too.
        if (status === null) throw new Error(`pulumi can't be run: ${error?.message}`);
        if (status !== 0)
            throw new Error(
                `pulumi config set ${name} failed; is a stack selected in ${dir} (pulumi stack init)?\n${stderr.trim()}`,
            );
    }
    return names;
}
