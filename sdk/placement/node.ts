import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../spec";

/** Where a Command runs: the host of a node, or the one that an `access` leads to. */
export interface Destination {
    name: pulumi.Input<string>;
    connection: pulumi.Input<types.input.remote.ConnectionArgs>;
    /** Not root on the host: every line runs under `sudo -n`. */
    sudo: pulumi.Input<boolean>;
    /** Of a node; an `access` leads to none that is given up. */
    spec?: NodeSpec;
}

/** Where a node is, however it came to be there: nothing after the placement can tell the kinds apart. */
export interface Node extends Destination {
    spec: NodeSpec;
    name: string;
    connection: types.input.remote.ConnectionArgs;
    sudo: boolean;
    /** Host name or address of the node, as other nodes and clients reach it. */
    host: pulumi.Output<string>;
    /** `host:port` of Garage's RPC, as the other nodes reach it. */
    rpcAddress: pulumi.Output<string>;
    dependsOn: pulumi.Resource[];
}
