import type { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { MachineSteps } from "../placement/node";
import { back } from "./back";
import type { Base } from "./cluster";
import { leave } from "./leave";
import { tool } from "./tool";

/** What is done on a host around a change of its machine: for placements that make machines. */
export function machineSteps(
    cluster: Pick<Base, "parent" | "name" | "spec" | "secrets">,
    hooks: Record<"leave" | "volume" | "instance", pulumi.ResourceHookBinding> & Pick<MachineSteps, "noImage">,
): MachineSteps {
    return {
        tool: (node) => tool(cluster, node),
        leave: (node) => leave(cluster, node, hooks.leave),
        back: (node, left) => back(cluster, node, left as remote.Command),
        volumeHooks: hooks.volume,
        instanceHooks: hooks.instance,
        noImage: hooks.noImage,
    };
}
