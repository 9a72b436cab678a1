import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "./args";
import { GarageCluster } from "./garageCluster";
import { ownFile } from "./ownFiles";

interface Schema {
    version: string;
    resources: Record<string, { properties: Record<string, unknown> }>;
}

/** The component for every Pulumi language. It tells the schema that lies in the package, so that no compiler is needed where it runs. */
class Plugin implements pulumi.provider.Provider {
    readonly schema = ownFile("../schema.json");
    private readonly described: Schema = JSON.parse(this.schema);
    readonly version = this.described.version;

    async construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        options: pulumi.ComponentResourceOptions,
    ): Promise<pulumi.provider.ConstructResult> {
        const resource = this.described.resources[type];
        if (resource === undefined) throw new Error(`this package has no component ${type}`);
        const cluster = new GarageCluster(name, inputs as unknown as GarageClusterArgs, options);
        const outputs = Object.keys(resource.properties) as (keyof GarageCluster)[];
        return { urn: cluster.urn, state: Object.fromEntries(outputs.map((each) => [each, cluster[each]])) };
    }
}

/** Answers the engine until it ends this process. */
export function servePlugin(): Promise<void> {
    return pulumi.provider.main(new Plugin(), process.argv.slice(2));
}
