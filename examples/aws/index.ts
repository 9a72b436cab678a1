import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GarageCluster } from "pulumi-garage-cluster";

const config = new pulumi.Config();

/** In the default VPC of the region: one machine in each of three availability zones. */
export = async () => {
    const available = await aws.getAvailabilityZones({
        state: "available",
        filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    });
    const vpc = await aws.ec2.getVpc({ default: true });

    const node = async (zone: string) => ({
        zone,
        capacity: "95GiB",
        aws: {
            subnetId: (await aws.ec2.getSubnet({ availabilityZone: zone, defaultForAz: true })).id,
            instanceType: config.get("instanceType") ?? "t4g.medium",
            dataVolumeSizeGiB: 100,
            publicIp: true,
        },
    });
    const [a, b, c] = await Promise.all(available.names.slice(0, 3).map(node));
    if (!a || !b || !c) throw new Error(`${available.id} has fewer than three availability zones`);

    const store = new GarageCluster("store", {
        stateVersion: "2",
        version: "2.5.0",
        replicationFactor: 3,
        nodes: { a, b, c },
        aws: {
            // Where you run Pulumi: `curl https://checkip.amazonaws.com`, with /32 behind it.
            adminCidrs: [config.require("adminCidr")],
            clientCidrs: [vpc.cidrBlock],
            // One address for clients, with a price of its own: `pulumi config set loadBalancer true`.
            loadBalancer: config.getBoolean("loadBalancer") ?? false,
        },
    });
    return {
        s3Endpoints: store.s3Endpoints,
        loadBalancerEndpoint: store.loadBalancerEndpoint,
        volumeIds: store.volumeIds,
        adminToken: store.adminToken,
        // Both take the cluster up again, if this stack is ever lost.
        clusterId: store.clusterId,
        rpcSecret: store.rpcSecret,
    };
};
