import { type Change, changes } from "../../../toolchain/offline/properties";
import type { Resource, Values } from "./api";
import type { World } from "./world";

const isObject = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** What was asked for last time, as it stands by now: a refresh may have found it otherwise. */
function asItStands(asked: unknown, state: unknown): unknown {
    if (isObject(asked) && isObject(state))
        return Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, asItStands(value, state[key])]));
    return state ?? asked;
}

const sorted = (value: unknown) => (Array.isArray(value) ? [...value].sort() : value);

export interface Difference {
    path: string;
    change: Change;
    replaces: boolean;
}

/** What differs between the state and what is asked for, and whether it replaces: an input that isn't known yet differs. */
export function differences(
    resource: Resource,
    world: World,
    oldInputs: Values,
    state: Values,
    news: Values,
): Difference[] {
    const olds = asItStands(oldInputs, state) as Values;
    const told = (of: Values) =>
        Object.fromEntries(
            Object.entries(of)
                .filter(([key]) => !key.startsWith("__"))
                .filter(([key]) => !resource.computed.includes(key) || (news[key] ?? undefined) !== undefined)
                .map(([key, value]) => [key, resource.sets?.includes(key) ? sorted(value) : value]),
        );
    const replacing = [...resource.replaces, ...(resource.alsoReplaces?.(world, olds, news) ?? [])];
    return changes("", told(olds), told(news)).map(([path, change]) => {
        const replaces = replacing.some(
            (each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`),
        );
        return { path, change, replaces };
    });
}
