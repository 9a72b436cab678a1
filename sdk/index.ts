import { GarageCluster } from "./garageCluster";
import { servePlugin } from "./plugin";

export * from "./args";
export * from "./policy";
export { GarageCluster };

/** Pulumi's `run-plugin` has loaded this very file: serve the component to every language. */
if (/[\\/]cmd[\\/]run-plugin[\\/]/.test(module.parent?.filename ?? "")) void servePlugin();
