import * as pulumi from "@pulumi/pulumi";
import { planFacts } from "../plan/notes";
import { otherCluster } from "../plan/otherCluster";
import { generationOf, Restarts, releaseOf } from "../plan/restarts";
import type { Reason } from "../policy/parseRelease";
import { defaultMoved } from "../policy/refusals";
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
            const refused =
                otherCluster(oldInputs?.stdin, newInputs?.stdin, replaced) ?? movedDefault(oldInputs?.create, spec);
            if (refused) throw new Error(`${refused.message} [${refused.id}]`);
            say(restarts.stage(oldInputs?.create, newInputs?.create, oldInputs?.stdin));
        }),
        roll: looking("roll", ({ name, newInputs, oldInputs }) =>
            say(restarts.roll(name.slice(`${clusterName}-roll-`.length), oldInputs?.create, newInputs?.create)),
        ),
    };
}

/** Without a preview, which the Automation API never has, wall 2 would be asked when all nodes have been rolled. */
function movedDefault(oldLine: unknown, spec: ClusterSpec): Reason | undefined {
    const generation = generationOf(oldLine);
    if (spec.versionGiven || pulumi.runtime.isDryRun() || generation === undefined) return undefined;
    const asked = releaseOf(generation);
    return asked === spec.version ? undefined : defaultMoved(asked, spec.version);
}
