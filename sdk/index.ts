import { join } from "node:path";
import { componentProviderHost } from "@pulumi/pulumi/provider/experimental";
import { GarageCluster } from "./garageCluster";

export * from "./args";
export * from "./policy";
export { GarageCluster };

/** Pulumi's `run-plugin` has loaded this very file: serve the component to every language, under its own package name. */
if (/[\\/]cmd[\\/]run-plugin[\\/]/.test(module.parent?.filename ?? ""))
    void componentProviderHost({ name: "garage-cluster", components: [GarageCluster], dirname: join(__dirname, "..") });
