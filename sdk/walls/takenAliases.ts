import * as pulumi from "@pulumi/pulumi";
import { showValue } from "../showValue";
import type { Problem } from "../validate/reader";

type Names = Map<string, string>;

/** Which bucket of a program has which name, by the `access` that it was given; of each run by itself, as one process may have several. */
const runs = new WeakMap<object, Map<unknown, Names>>();

/** Two buckets of one program with one name. Told by the very Output that both were given, as its value may not be known yet; else the host tells. */
export function takenAliases(resource: string, access: pulumi.Input<string>, aliases: string[]): Problem[] {
    const run = pulumi.runtime.getMonitor();
    if (!run) return [];
    const stores = found(runs, run, () => new Map<unknown, Names>());
    const names = found(stores, access, () => new Map<string, string>());
    return aliases.flatMap((alias, index) => {
        const other = names.get(alias);
        names.set(alias, resource);
        if (other === undefined) return [];
        const path = `aliases[${index}]`;
        const message = `${showValue(alias)} is a name of the bucket ${other} of this program too. Allowed: a name of its own for each bucket of a store. Take it out of one of them.`;
        return [{ path, message }];
    });
}

function found<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, make: () => V): V {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
}
