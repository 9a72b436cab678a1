import * as pulumi from "@pulumi/pulumi";
import { generationOf, releaseOf } from "../garage/generation";
import { describeLayoutChange, layoutChange, refusedLayoutChange } from "../plan/layoutChange";
import { Machines } from "../plan/machines";
import { movedDefault } from "../plan/movedDefault";
import { planFacts } from "../plan/notes";
import { otherCluster } from "../plan/otherCluster";
import { otherVolume } from "../plan/otherVolume";
import { Restarts } from "../plan/restarts";
import type { ClusterSpec } from "../spec";
import { hook } from "./hook";
import { refuseShrinking } from "./volumeHook";

export interface ChangeHooks {
    host: pulumi.ResourceHookBinding;
    stage: pulumi.ResourceHookBinding;
    layout: pulumi.ResourceHookBinding;
    roll: pulumi.ResourceHookBinding;
    leave: pulumi.ResourceHookBinding;
    volume: pulumi.ResourceHookBinding;
    instance: pulumi.ResourceHookBinding;
    /** There is none for this node. */
    noImage(node: string, why: string): void;
    /** Those that change, once the engine has come to them. */
    machines: Machines;
    /** The release that was staged last time, where it is another one now. */
    stagedBefore(): string | undefined;
}

/**
 * Looks at what changes: at each `stage` it refuses other hosts altogether, and a default that has moved (a preview has that from wall 2); at `layout` a
 * node that takes another one's place, or tags, beside anything else. A preview says which daemons restart and why, or that none does.
 */
export function changeHooks(component: pulumi.Resource, clusterName: string, spec: ClusterSpec): ChangeHooks {
    const replaced = spec.nodes.flatMap(({ replace }) => replace ?? []);
    const machines = new Machines();
    const restarts = new Restarts(spec, planFacts(spec), machines);
    let release: Releases | undefined;
    const say = (text: string | undefined) => {
        if (text !== undefined && pulumi.runtime.isDryRun()) pulumi.log.info(text, component);
    };
    const looking = (name: string, look: (args: pulumi.ResourceHookArgs) => void) => ({
        beforeUpdate: hook(`garage-cluster-${name}-${clusterName}`, look),
    });
    return {
        host: looking("host", ({ newInputs, oldInputs }) => say(restarts.host(oldInputs?.create, newInputs?.create))),
        stage: looking("stage", ({ newInputs, oldInputs }) => {
            // Without a preview, which the Automation API never has, wall 2 would be asked when all nodes have been rolled.
            const refused =
                otherCluster(oldInputs?.stdin, newInputs?.stdin, replaced) ??
                (pulumi.runtime.isDryRun() ? undefined : movedDefault(oldInputs?.create, spec));
            if (refused) throw new Error(`${refused.message} [${refused.id}]`);
            release ??= releases(oldInputs?.create, newInputs?.create);
            refuseBoth(machines, release);
            say(restarts.stage(oldInputs?.create, newInputs?.create, oldInputs?.stdin));
        }),
        layout: looking("layout", ({ oldInputs }) => {
            const change = layoutChange(oldInputs?.create, oldInputs?.stdin, spec);
            const refused = refusedLayoutChange(change, release, spec.allowPatchDowngrade);
            if (refused) throw new Error(`refused, nothing was moved: ${refused.message} [${refused.id}]`);
            if (change.replacing || change.others.some((key) => key !== "sv")) restarts.dataMove();
            for (const text of describeLayoutChange(change)) say(text);
        }),
        roll: looking("roll", ({ name, newInputs, oldInputs }) =>
            say(restarts.roll(name.slice(`${clusterName}-roll-`.length), oldInputs?.create, newInputs?.create)),
        ),
        leave: looking("leave", ({ name, newInputs, oldInputs }) => {
            const node = name.slice(`${clusterName}-leave-`.length);
            const lost = spec.nodes.some((each) => each.name === node && each.replace !== undefined);
            const refused = lost ? undefined : otherVolume(node, oldInputs?.stdin, newInputs?.stdin);
            if (refused) throw new Error(`${refused.message} [${refused.id}]`);
            const text = machines.leave(node, oldInputs?.update, newInputs?.update);
            if (text !== undefined) machines.refuseWithoutImage(node);
            say(text);
        }),
        volume: looking("volume", refuseShrinking),
        // A machine that comes where none was, or one that was ended by hand: those that are changed were left before.
        instance: {
            beforeCreate: hook(`garage-cluster-instance-${clusterName}`, ({ name }) =>
                machines.refuseWithoutImage(name.slice(`${clusterName}-instance-`.length)),
            ),
        },
        noImage: (node, why) => machines.noImage.set(node, why),
        machines,
        stagedBefore: () => release?.from,
    };
}

interface Releases {
    from: string;
    to: string;
}

/** Where another one is staged than last time. */
function releases(oldLine: unknown, newLine: unknown): Releases | undefined {
    const [from, to] = [oldLine, newLine].map((line) => releaseOf(generationOf(line) ?? ""));
    return from && to && from !== to ? { from, to } : undefined;
}

/** Without a preview, which has it from wall 2: the machines have changed by now, and are proven; nothing is staged yet. */
function refuseBoth(machines: Machines, release: Releases | undefined): void {
    if (pulumi.runtime.isDryRun() || release === undefined) return;
    const { from, to } = release;
    for (const { message, id } of machines.together(`version (${from} → ${to})`)) throw new Error(`${message} [${id}]`);
}
