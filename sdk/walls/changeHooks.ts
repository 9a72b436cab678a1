import * as pulumi from "@pulumi/pulumi";
import { movedDefault } from "../plan/movedDefault";
import { planFacts } from "../plan/notes";
import { otherCluster } from "../plan/otherCluster";
import { Restarts } from "../plan/restarts";
import type { ClusterSpec } from "../spec";
import { hook } from "./hook";

export interface ChangeHooks {
    host: pulumi.ResourceHookBinding;
    stage: pulumi.ResourceHookBinding;
    roll: pulumi.ResourceHookBinding;
}

/**
 * Looks at what changes: at each `stage` it refuses other hosts altogether, and a default that has moved (a preview has that from wall 2); a
 * preview says which daemons restart and why, or that none does.
 */
export function changeHooks(component: pulumi.Resource, clusterName: string, spec: ClusterSpec): ChangeHooks {
    const replaced = spec.nodes.flatMap(({ replace }) => replace ?? []);
    const restarts = new Restarts(spec, planFacts(spec));
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
            say(restarts.stage(oldInputs?.create, newInputs?.create, oldInputs?.stdin));
        }),
        roll: looking("roll", ({ name, newInputs, oldInputs }) =>
            say(restarts.roll(name.slice(`${clusterName}-roll-`.length), oldInputs?.create, newInputs?.create)),
        ),
    };
}
