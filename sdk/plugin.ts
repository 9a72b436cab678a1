import * as pulumi from "@pulumi/pulumi";
import { GarageBucket } from "./garageBucket";
import { GarageCluster } from "./garageCluster";
import { GarageKey } from "./garageKey";
import { ownFile } from "./ownFiles";

interface Schema {
    version: string;
    resources: Record<string, { properties: Record<string, unknown> }>;
}

type Component = new (name: string, args: never, options: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

const COMPONENTS: Record<string, Component> = { GarageCluster, GarageBucket, GarageKey };

/** The components for every Pulumi language. It tells the schema that lies in the package, so that no compiler is needed where it runs. */
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
        const Made = COMPONENTS[type.split(":")[2] ?? ""];
        if (resource === undefined || Made === undefined) throw new Error(`this package has no component ${type}`);
        const made = new Made(name, inputs as never, options);
        const outputs = made as unknown as Record<string, unknown>;
        const state = Object.fromEntries(Object.keys(resource.properties).map((each) => [each, outputs[each]]));
        return { urn: made.urn, state };
    }
}

/** Answers the engine until it ends this process. */
export function servePlugin(): Promise<void> {
    return pulumi.provider.main(new Plugin(), process.argv.slice(2));
}
