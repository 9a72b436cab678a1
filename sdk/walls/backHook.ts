import * as pulumi from "@pulumi/pulumi";
import { describeBack, describeBackNode } from "../plan/describeBack";
import { planFacts } from "../plan/notes";
import type { AdoptSpec, ClusterSpec } from "../spec";
import { hook } from "./hook";

/** What a preview says of each node that goes back to its service of before. */
export function backHook(
    component: pulumi.Resource,
    clusterName: string,
    spec: ClusterSpec,
    adopt: AdoptSpec,
): pulumi.ResourceHookBinding {
    let said = false;
    const hooks = hook(`garage-cluster-back-${clusterName}`, ({ name }) => {
        if (!pulumi.runtime.isDryRun()) return;
        if (!said) pulumi.log.info(describeBack(planFacts(spec)), component);
        said = true;
        const node = name.slice(`${clusterName}-untake-`.length);
        pulumi.log.info(describeBackNode(spec, node, adopt.nodes[node]!), component);
    });
    return { beforeCreate: hooks, beforeUpdate: hooks };
}
