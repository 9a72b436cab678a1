import { GarageBucket } from "./garageBucket";
import { GarageCluster } from "./garageCluster";
import { GarageKey } from "./garageKey";
import { servePlugin } from "./plugin";

export {
    type AdoptArgs,
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
export type {
    CorsRuleArgs,
    GarageBucketArgs,
    KeyRightsArgs,
    LifecycleRuleArgs,
    QuotasArgs,
    WebsiteArgs,
} from "./bucketArgs";
export type { GarageKeyArgs } from "./keyArgs";
// What a program may ask of the rule of versions; nothing else of it is promised.
export { type Plan, planUpgrade, RELEASES, type Series } from "./policy";
export { GarageBucket, GarageCluster, GarageKey };

/** Pulumi's `run-plugin` has loaded this very file: serve the components to every language. */
if (/[\\/]cmd[\\/]run-plugin[\\/]/.test(module.parent?.filename ?? "")) void servePlugin();
