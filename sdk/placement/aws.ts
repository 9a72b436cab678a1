import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import { peersOutside } from "../garage/firewall";
import { publicHalf } from "../sshKey";
import { balancer } from "./awsBalancer";
import { askAws } from "./awsFacts";
import { machine } from "./awsMachine";
import { network } from "./awsNetwork";
import { ownTags, type Shared } from "./awsShared";
import { stand } from "./awsStanding";
import { type KeyPair, keyPair } from "./keyPair";
import type { Node, PlaceOnAws } from "./node";
import { keysOf } from "./ssh";
import { withoutStacks } from "./withoutStacks";

/**
 * Machines on EC2. Address and volumes stand for themselves; a machine comes and goes between `leave` and `back` of its node, and the next
 * node's `leave` waits for that: one node at a time is down, whatever is changed on how many.
 */
export const placeOnAws: PlaceOnAws = (...given) => {
    const { made, balancer: by } = withoutStacks(() => placed(...given));
    return { made, ...(by ? { balancer: { ...by, send: (...words) => withoutStacks(() => by.send(...words)) } } : {}) };
};

const placed: PlaceOnAws = (parent, clusterName, cluster, args, steps) => {
    const shared: Shared = {
        parent,
        clusterName,
        cluster,
        args,
        steps,
        login: loginKey(parent, clusterName, args),
        hostKey: keyPair(parent, `${clusterName}-aws-host-key`),
    };
    const nodes = cluster.nodes.filter(({ placement }) => placement === "aws");
    const places = askAws(shared, nodes);
    const vpcId = places[nodes[0]!.name]!.apply((place) => place.vpcId);
    const net = network(parent, clusterName, cluster, vpcId, { ...cluster.aws!.tags, ...ownTags(clusterName) });
    const apart = peersOutside(cluster);
    const standing = nodes.map((spec) => stand(shared, spec, places[spec.name]!, net, apart));
    const opened = standing.flatMap(({ node, publicIp }) =>
        apart && publicIp ? net.allowNode(node.name, publicIp) : [],
    );
    const by = net.balancerGroup ? balancer(shared, places, net.balancerGroup, standing) : undefined;
    const made = new Map<string, Node>();
    let previous: pulumi.Resource[] = [];
    for (const each of standing) {
        const node = machine(shared, each, previous);
        previous = node.dependsOn;
        const options = by ? by.options : [];
        made.set(node.name, { ...node, options, dependsOn: [...node.dependsOn, ...opened] });
    }
    return { made, ...(by ? { balancer: by.balancer } : {}) };
};

/** The key by which Pulumi comes in: as given, or made once. */
function loginKey(parent: pulumi.Resource, clusterName: string, args: GarageClusterArgs): KeyPair {
    const given = args.aws!.privateKey;
    if (given == null) return keyPair(parent, `${clusterName}-aws-key`);
    const checked = keysOf({ privateKey: given }, "aws").privateKey ?? given;
    const privateKey = pulumi.secret(checked);
    return { privateKey, publicKey: pulumi.unsecret(privateKey.apply(publicHalf)) };
}
