import { realpathSync } from "node:fs";
import { join } from "node:path";
import { componentProviderHost } from "@pulumi/pulumi/provider/experimental";
import { GarageCluster } from "./garageCluster";

export * from "./args";
export * from "./policy";
export { GarageCluster };

/** Pulumi runs this very folder as a plugin: serve the component to every language, under its own package name. */
function runAsPlugin(): boolean {
    if (!require.main?.filename.includes("run-plugin")) return false;
    const root = realpathSync(join(__dirname, ".."));
    return process.argv.some((word) => {
        try {
            return realpathSync(word) === root;
        } catch {
            return false;
        }
    });
}

if (runAsPlugin())
    void componentProviderHost({ name: "garage-cluster", components: [GarageCluster], dirname: join(__dirname, "..") });
