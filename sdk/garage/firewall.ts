import type { AwsSpec, ClusterSpec, NodeSpec } from "../spec";
import { isPrivateCidr } from "./cidr";

/** Who may reach which port of the machines on AWS. */
export interface Opening {
    /** A part of a resource's name: what AWS tells rules apart by. So another port is another rule, and the old one stays open until an `up` has passed. */
    name: string;
    port: number;
    /** A network, the nodes themselves, or their balancer. */
    from: string;
    what: string;
}

export const NODES = "nodes";
export const BALANCER = "balancer";

/** Nodes that don't come over a VPN: they reach public addresses only. */
export function peersOutside({ nodes, aws }: { nodes: NodeSpec[]; aws?: AwsSpec }): boolean {
    return nodes.some(({ placement }) => placement !== "aws") && !(aws?.peerCidrs ?? []).every(isPrivateCidr);
}

function open(port: number, from: string, what: string): Opening {
    return { name: `${port}-from-${from.replace(/[/:]/g, "-")}`, port, from, what };
}

/** Nothing else is open. Nodes also look at each other's S3, web and admin port, to be sure that one that has to be shut is. */
export function openings(spec: Pick<ClusterSpec, "ports" | "aws">): Opening[] {
    const { rpc, s3, web, admin } = spec.ports;
    const { adminCidrs = [], peerCidrs = [], loadBalancer } = spec.aws ?? {};
    return [
        open(rpc, NODES, "Garage RPC among the nodes"),
        open(s3, NODES, "nodes look at the S3 of their peers"),
        open(web, NODES, "nodes look at the web server of their peers"),
        open(admin, NODES, "nodes look at the admin API of their peers"),
        ...(loadBalancer ? [open(s3, BALANCER, "S3 by the load balancer")] : []),
        ...(loadBalancer ? [open(web, BALANCER, "web server by the load balancer")] : []),
        ...peerCidrs.map((cidr) => open(rpc, cidr, "Garage RPC from nodes elsewhere")),
        ...adminCidrs.map((cidr) => open(22, cidr, "SSH for administrators")),
        ...adminCidrs.map((cidr) => open(admin, cidr, "admin API for administrators")),
        ...clientOpenings(spec),
    ];
}

/** Of the nodes, and of their load balancer. */
export function clientOpenings({ ports, aws }: Pick<ClusterSpec, "ports" | "aws">): Opening[] {
    const cidrs = aws?.clientCidrs ?? [];
    return [
        ...cidrs.map((cidr) => open(ports.s3, cidr, "S3 for clients")),
        ...cidrs.map((cidr) => open(ports.web, cidr, "web server for clients")),
    ];
}
