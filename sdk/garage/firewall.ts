import type { AwsSpec, ClusterSpec, NodeSpec } from "../spec";
import { isPrivateCidr } from "./cidr";

/** Who may reach which port of the machines on AWS. */
export interface Opening {
    /** A part of a resource's name; the same opening has the same one, whatever else is opened. */
    name: string;
    port: number;
    /** A network, or the nodes themselves. */
    from: string;
    what: string;
}

export const NODES = "nodes";

/** Nodes that don't come over a VPN: they reach public addresses only. */
export function peersOutside({ nodes, aws }: { nodes: NodeSpec[]; aws?: AwsSpec }): boolean {
    return nodes.some(({ placement }) => placement !== "aws") && !(aws?.peerCidrs ?? []).every(isPrivateCidr);
}

/** Nothing else is open. Nodes also look at each other's S3, web and admin port, to be sure that one that has to be shut is. */
export function openings(spec: Pick<ClusterSpec, "ports" | "aws">): Opening[] {
    const { rpc, s3, web, admin } = spec.ports;
    const { adminCidrs = [], clientCidrs = [], peerCidrs = [] } = spec.aws ?? {};
    const named = (from: string) => from.replace(/[/:]/g, "-");
    const open = (service: string, port: number, from: string, what: string): Opening => ({
        name: `${service}-from-${named(from)}`,
        port,
        from,
        what,
    });
    return [
        open("rpc", rpc, NODES, "Garage RPC among the nodes"),
        open("s3", s3, NODES, "nodes look at the S3 of their peers"),
        open("web", web, NODES, "nodes look at the web server of their peers"),
        open("admin", admin, NODES, "nodes look at the admin API of their peers"),
        ...peerCidrs.map((cidr) => open("rpc", rpc, cidr, "Garage RPC from nodes elsewhere")),
        ...adminCidrs.map((cidr) => open("ssh", 22, cidr, "SSH for administrators")),
        ...adminCidrs.map((cidr) => open("admin", admin, cidr, "admin API for administrators")),
        ...clientCidrs.map((cidr) => open("s3", s3, cidr, "S3 for clients")),
        ...clientCidrs.map((cidr) => open("web", web, cidr, "web server for clients")),
    ];
}
