import { reveal, unknown } from "../../../toolchain/offline/properties";
import { type Failure, fails, type Values } from "./api";
import type { Names, SdkNames, Shape } from "./generateNames";
import found from "./names.json";

export const names = found as unknown as SdkNames;

/** What a value isn't that it has to be. */
function misfits(path: string, shape: Shape, value: unknown): Failure[] {
    if (value === undefined || value === null || value === unknown || shape === "any") return [];
    if (typeof shape === "string") {
        const fits = typeof value === shape || (shape === "string" && ["number", "boolean"].includes(typeof value));
        return fits ? [] : [fails(path, `expected a ${shape}, got ${Array.isArray(value) ? "a list" : typeof value}`)];
    }
    if ("list" in shape) {
        if (!Array.isArray(value)) return [fails(path, `expected a list, got ${typeof value}`)];
        return value.flatMap((each, i) => misfits(`${path}[${i}]`, shape.list, each));
    }
    if (typeof value !== "object" || Array.isArray(value)) return [fails(path, "expected an object")];
    if ("map" in shape)
        return Object.entries(value).flatMap(([key, each]) => misfits(`${path}.${key}`, shape.map, each));
    return checkNames(`${path}.`, names.types[shape.type]!, value as Values);
}

/** Names and kinds of what is given, and what is missing, nested ones too. */
export function checkNames(path: string, { properties, required }: Names, values: Values): Failure[] {
    const given = Object.entries(values).filter(([key, value]) => !key.startsWith("__") && value !== null);
    return [
        ...given.flatMap(([key, value]) => {
            const shape = properties[key];
            return shape === undefined
                ? [fails(path + key, `Invalid or unknown key`)]
                : misfits(path + key, shape, value);
        }),
        ...required
            .filter((key) => values[key] === undefined || values[key] === null)
            .map((key) => fails(path + key, `Missing required property '${key}'`)),
    ];
}

const MAX_TAGS = 50;

/** EC2 takes any letters in a value; a balancer and what belongs to it don't. */
export function checkTags(type: string, { tags }: Values): Failure[] {
    if (typeof tags !== "object" || tags === null) return [];
    const entries = Object.entries(tags);
    const failures = entries.length > MAX_TAGS ? [fails("tags", `more than ${MAX_TAGS} tags`)] : [];
    for (const [key, value] of entries) {
        if (key.length > 128 || key.startsWith("aws:")) failures.push(fails(`tags.${key}`, "invalid tag key"));
        const letters = type.startsWith("aws:lb/") ? /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u : /./su;
        const fits = String(value).length <= 256 && (value === "" || letters.test(String(value)));
        if (value !== unknown && !fits) failures.push(fails(`tags.${key}`, `invalid tag value "${String(value)}"`));
    }
    return failures;
}

/** A name that nobody gave: the resource's own with seven letters behind, as the bridge makes it; it stays while the resource does. */
export function autoName(inputs: Values, olds: Values, logicalName: string, seed: Uint8Array): Values {
    if (inputs.name !== undefined || inputs.namePrefix !== undefined) return { ...inputs, __defaults: [] };
    const kept = ((olds.__defaults ?? []) as string[]).includes("name") ? olds.name : undefined;
    const letters = Buffer.from(seed).toString("hex").slice(0, 7) || "0000000";
    return { ...inputs, name: kept ?? `${logicalName}-${letters}`, __defaults: ["name"] };
}

/** Assets and archives never occur here, so every mark is a secret's. */
export const plain = (values: Values): Values => reveal(values) as Values;
