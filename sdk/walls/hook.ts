import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { isMocked } from "../isMocked";
import { unpackSheet } from "../plan/packedSheet";

const taken = new Set<string>();

/** A hook that also runs at preview, and fails it by throwing; none where the engine has no hooks. */
export function hook(wanted: string, judge: (args: pulumi.ResourceHookArgs) => void): pulumi.ResourceHook[] {
    if (isMocked()) return [];
    // The engine calls back from nowhere: in a plugin (YAML, Python …) it isn't known there whether this is a preview, nor whom to tell.
    const look = (args: pulumi.ResourceHookArgs) =>
        judge({ ...args, oldInputs: withSheet(args.oldInputs), newInputs: withSheet(args.newInputs) });
    return [new pulumi.ResourceHook(uniqueName(wanted), AsyncResource.bind(look), { onDryRun: true })];
}

/** Inputs with the sheet as lines, however it is sent. */
function withSheet(inputs: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
    return inputs && { ...inputs, stdin: unpackSheet(inputs.stdin) };
}

/** Hook names are global to the process: a second one of the same name throws. */
function uniqueName(wanted: string): string {
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`;
    taken.add(name);
    return name;
}
