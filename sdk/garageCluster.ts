import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "./args";
import { deployed } from "./deployed";
import { hostAndPort } from "./garage/address";
import { handedBack } from "./handedBack";
import { accessOf } from "./phases/access";
import { type Base, byName, living } from "./phases/cluster";
import { clusterSecrets } from "./phases/identity";
import { machineSteps } from "./phases/machineSteps";
import { withTool } from "./phases/tool";
import type { Node } from "./placement/node";
import { place } from "./placement/place";
import { validated } from "./walls/arguments";
import { changeHooks } from "./walls/changeHooks";

/**
 * A Garage cluster: nodes on hosts of any kind, set up, joined, laid out, and taken from release to release in safe
 * steps that `pulumi preview` shows before anything happens. Data are never deleted.
 */
export class GarageCluster extends pulumi.ComponentResource {
    /** URL of the S3 API of each node, by node name. */
    public readonly s3Endpoints: pulumi.Output<{ [name: string]: string }>;
    /** URL of the web server of each node, by node name. */
    public readonly webEndpoints: pulumi.Output<{ [name: string]: string }>;
    /** URL of the admin API of each node, by node name. */
    public readonly adminEndpoints: pulumi.Output<{ [name: string]: string }>;
    /** Garage's node ids (64 hex digits), by node name. */
    public readonly nodeIds: pulumi.Output<{ [name: string]: string }>;
    /** The release that all nodes run. */
    public readonly version: pulumi.Output<string>;
    /** Version of the cluster's layout. */
    public readonly layoutVersion: pulumi.Output<number>;
    /** Token of the admin API; a secret. */
    public readonly adminToken: pulumi.Output<string>;
    /** Token for /metrics; a secret. */
    public readonly metricsToken: pulumi.Output<string>;
    /** Id of the cluster; with `rpcSecret` it takes up a cluster whose stack was lost. */
    public readonly clusterId: pulumi.Output<string>;
    /** RPC secret of the cluster, 64 hex digits; a secret. */
    public readonly rpcSecret: pulumi.Output<string>;
    /** URL of the S3 API by the load balancer, where one is asked for; the web server is at the same name, on its own port. */
    public readonly loadBalancerEndpoint: pulumi.Output<string | undefined>;
    /** Ids of the volumes of nodes on AWS, by node name: `metadata` and `data`. They stay when the cluster is destroyed. */
    public readonly volumeIds: pulumi.Output<{ [name: string]: { [volume: string]: string } }>;
    /** How to reach each host by SSH, as `connection` of a `command.remote.Command`, by node name; a secret. */
    public readonly connections: pulumi.Output<{ [name: string]: types.output.remote.Connection }>;
    /** What a `GarageBucket` or a `GarageKey` takes as its `access`: how the store is reached, as one text. A secret: whoever has it is root on that host. */
    public readonly access: pulumi.Output<string>;

    constructor(name: string, args: GarageClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        // No inputs are kept for the component itself: a plain private key would lie in the state.
        super("garage-cluster:index:GarageCluster", name, {}, opts);
        const spec = validated(this, name, args);
        const secrets = clusterSecrets(this, name, args);
        const hooks = changeHooks(this, name, spec);
        const common = { parent: this, name, spec, secrets };
        const { nodes: placed, balancer } = place(this, name, spec, args, machineSteps(common, hooks));
        const nodes = placed.map((node) => withTool(common, node));
        const base: Base = { ...common, nodes };

        const { hosts, ids, last, version, layoutVersion } = spec.adopt?.back
            ? handedBack(base, spec.adopt, hooks)
            : deployed(base, hooks);
        const sent = balancer?.send(living(base), (node) => [...last, hosts[node.name]!]) ?? [];

        // Whatever is made of one of these comes after the whole cluster, and goes before it. By the URN, which a preview knows too.
        const end = pulumi.all(last.map(({ urn }) => urn));
        const atLast = <T>(value: pulumi.Output<T>) => pulumi.all([value, end]).apply(([known]) => known as T);
        this.version = version;
        this.layoutVersion = atLast(layoutVersion);
        this.nodeIds = atLast(pulumi.output(ids));
        this.s3Endpoints = atLast(endpoints(nodes, spec.ports.s3));
        this.webEndpoints = atLast(endpoints(nodes, spec.ports.web));
        this.adminEndpoints = atLast(endpoints(nodes, spec.ports.admin));
        this.adminToken = atLast(secrets.adminToken);
        this.metricsToken = atLast(secrets.metricsToken);
        this.clusterId = atLast(secrets.clusterId);
        this.rpcSecret = atLast(secrets.rpcSecret);
        const reached = pulumi.all([balancer?.endpoint, ...sent.map(({ urn }) => urn)]);
        this.loadBalancerEndpoint = atLast(reached.apply(([url]) => url));
        this.volumeIds = atLast(pulumi.output(volumeIds(nodes)));
        this.connections = atLast(pulumi.secret(byName(nodes, (node) => node.connection))) as typeof this.connections;
        this.access = atLast(accessOf(base));
        this.registerOutputs();
    }
}

function volumeIds(nodes: Node[]) {
    return byName(
        nodes.filter(({ volumes }) => Object.keys(volumes).length > 0),
        (node) => node.volumes,
    );
}

function endpoints(nodes: Node[], port: number): pulumi.Output<Record<string, string>> {
    return pulumi.output(byName(nodes, (node) => node.host.apply((h) => `http://${hostAndPort(h, port)}`)));
}
