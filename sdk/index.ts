import { GarageCluster } from "./garageCluster";
import { servePlugin } from "./plugin";

export {
    type AwsArgs,
    type AwsClusterArgs,
    type BinaryArgs,
    ConsistencyMode,
    type ContainerArgs,
    type DataDirArgs,
    DbEngine,
    DeepCheck,
    DrainMode,
    type GarageClusterArgs,
    type MajorUpgradeArgs,
    type NodeArgs,
    type PerArchitecture,
    type ProxyArgs,
    type SshArgs,
    UpgradeStrategy,
} from "./args";
// What a program may ask of the rule of versions; nothing else of it is promised.
export { type Plan, planUpgrade, RELEASES, type Series } from "./policy";
export { GarageCluster };

/** Pulumi's `run-plugin` has loaded this very file: serve the component to every language. */
if (/[\\/]cmd[\\/]run-plugin[\\/]/.test(module.parent?.filename ?? "")) void servePlugin();
