import type { ClusterSpec } from "../../sdk/spec";
import { validateArgs } from "../../sdk/validate/validateArgs";
import type { Validated } from "../../sdk/validate/validated";

type Fields = Record<string, unknown>;

/** Three nodes that nothing can be said against, with changes laid over. */
export function goodArgs(changes: Fields = {}): Fields {
    const node = (zone: string, host: string) => ({ zone, capacity: "1T", ssh: { host } });
    return {
        stateVersion: "2",
        version: "2.5.0",
        nodes: {
            rome: node("rom", "192.0.2.3"),
            paris: node("par", "192.0.2.1"),
            london: node("lon", "192.0.2.2"),
        },
        ...changes,
    };
}

/** `goodArgs` with changes to the node paris. */
export function paris(changes: Fields, more: Fields = {}): Fields {
    const args = goodArgs(more);
    const nodes = args.nodes as Record<string, Fields>;
    return { ...args, nodes: { ...nodes, paris: { ...nodes.paris, ...changes } } };
}

export function spec(changes: Fields = {}): ClusterSpec {
    return specOf(goodArgs(changes));
}

export function specOf(args: unknown): ClusterSpec {
    const { spec: found, problems } = validateArgs(args);
    if (!found) throw new Error(`not valid: ${JSON.stringify(problems)}`);
    return found;
}

/** `path: message` of every problem. */
export function said(validated: Validated<unknown>): string[] {
    return validated.problems.map(({ path, message }) => `${path}: ${message}`);
}
