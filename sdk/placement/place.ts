import type * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import type { ClusterSpec, NodeSpec } from "../spec";
import { containerKey, containerNode } from "./container";
import { loadAws } from "./loadAws";
import type { Balancer, MachineSteps, Node } from "./node";
import { sshNode } from "./ssh";

/** Every node of the cluster, in roll order, on the kind of host that its placement names; and their load balancer, where there is one. */
export function place(
    parent: pulumi.Resource,
    clusterName: string,
    cluster: ClusterSpec,
    args: GarageClusterArgs,
    steps: MachineSteps,
): { nodes: Node[]; balancer?: Balancer } {
    const any = (placement: NodeSpec["placement"]) => cluster.nodes.some((node) => node.placement === placement);
    const key = any("container") ? containerKey(parent, clusterName) : undefined;
    const onAws = any("aws") ? loadAws()(parent, clusterName, cluster, args, steps) : undefined;
    const placed = (spec: NodeSpec): Node => {
        const nodeArgs = args.nodes[spec.name]!;
        switch (spec.placement) {
            case "container":
                return containerNode(parent, clusterName, cluster, spec, nodeArgs, key!);
            case "ssh":
                return sshNode(cluster, spec, nodeArgs);
            case "aws":
                return onAws!.made.get(spec.name)!;
        }
    };
    return { nodes: cluster.nodes.map(placed), ...(onAws?.balancer ? { balancer: onAws.balancer } : {}) };
}
