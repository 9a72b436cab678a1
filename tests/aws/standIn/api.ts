import { unknown as unknownValue, type Properties as Values } from "../../../toolchain/offline/properties";
import type { World, WorldFile } from "./world";

export type { Values };

/** What AWS's API answers where it refuses. */
export class ApiError extends Error {
    constructor(
        readonly call: string,
        readonly code: string,
        message: string,
    ) {
        super(`operation error EC2: ${call}, https response error StatusCode: 400, api error ${code}: ${message}`);
    }
}

export interface Failure {
    property: string;
    reason: string;
}

export interface Made {
    id: string;
    /** What AWS says beside what it was given. */
    outputs: Values;
}

/** One type of resource: what the provider and AWS know about it. */
export interface Resource {
    /** Inputs whose change replaces. */
    replaces: string[];
    /** Inputs that AWS fills in where they aren't given: taking them away changes nothing. */
    computed: string[];
    /** Lists whose order means nothing. */
    sets?: string[];
    /** What the schema refuses besides names and kinds. */
    check?(inputs: Values): Failure[];
    /** Further inputs whose change replaces, this time. */
    alsoReplaces?(world: World, olds: Values, news: Values): string[];
    create(aws: WorldFile, inputs: Values): Promise<Made>;
    /** `changed`: the inputs that differ. Answers what AWS says afterwards. */
    update(aws: WorldFile, id: string, inputs: Values, changed: string[]): Promise<Values>;
    remove(aws: WorldFile, id: string, state: Values): Promise<void>;
    /** What AWS says of it now; nothing where it is gone. */
    read(world: World, id: string, state: Values): Values | undefined;
}

export const isUnknown = (value: unknown) => value === unknownValue;

export const fails = (property: string, reason: string): Failure => ({ property, reason });

/** A number that has to be whole and within limits. */
export function between(inputs: Values, property: string, least: number, most: number): Failure[] {
    const value = property.split(".").reduce<unknown>((at, key) => (at as Values | undefined)?.[key], inputs);
    if (value === undefined || value === null || isUnknown(value)) return [];
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return [];
    return [fails(property, `expected ${property} to be in the range (${least} - ${most}), got ${String(value)}`)];
}

export function oneOf(inputs: Values, property: string, allowed: string[]): Failure[] {
    const value = property.split(".").reduce<unknown>((at, key) => (at as Values | undefined)?.[key], inputs);
    if (value === undefined || value === null || isUnknown(value) || allowed.includes(value as string)) return [];
    return [fails(property, `expected ${property} to be one of ${JSON.stringify(allowed)}, got ${String(value)}`)];
}

/** Options that exclude each other. */
export function conflicts(inputs: Values, property: string, others: string[]): Failure[] {
    if (inputs[property] === undefined) return [];
    return others
        .filter((other) => inputs[other] !== undefined)
        .map((other) => fails(property, `"${property}": conflicts with ${other}`));
}

/** Letters that EC2 takes in a description of a group or a rule: no apostrophe is among them. */
export function describable(inputs: Values): Failure[] {
    const text = inputs.description;
    if (typeof text !== "string" || isUnknown(text) || /^[A-Za-z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(text))
        return [];
    return [
        fails(
            "description",
            `invalid value for description (must match A-Za-z0-9. _-:/()#,@[]+=&;{}!$*), got "${text}"`,
        ),
    ];
}

export function named(inputs: Values): Failure[] {
    const { name } = inputs;
    if (
        typeof name !== "string" ||
        isUnknown(name) ||
        /^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name)
    )
        return [];
    return [
        fails(
            "name",
            `"name" must be 1 to 32 letters, digits and inner hyphens, and can't begin with "internal-", got "${name}"`,
        ),
    ];
}

export const arn = (world: World, service: string, rest: string) =>
    `arn:aws:${service}:${world.region}:123456789012:${rest}`;

export const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
