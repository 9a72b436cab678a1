import * as pulumi from "@pulumi/pulumi";
import * as semver from "semver";
import { manifest, packagesHome } from "../ownFiles";
import type { PlaceOnAws } from "./node";

/**
 * Nodes on AWS need a package that nobody else has to have: as a dependency, Pulumi would fetch its plugin, 800 MB, for every program. So
 * nothing that imports it is loaded, nor are its types published, unless a node has `aws`. Before 7.6.0 an instance has no input for the network
 * interface that it is to have, and the SDK drops what it doesn't know without a word: the machine would be in another network.
 */
export function loadAws(): PlaceOnAws {
    const version = installed();
    const range = manifest().peerDependencies["@pulumi/aws"];
    if (version === undefined || !semver.satisfies(version, range))
        throw new pulumi.RunError(
            `Nodes with aws need the package @pulumi/aws ${range}, ${version === undefined ? "which isn't there" : `and there is ${version}`}: run \`npm install @pulumi/aws@7\` in ${packagesHome()}`,
        );
    return (require("./aws") as { placeOnAws: PlaceOnAws }).placeOnAws;
}

function installed(): string | undefined {
    try {
        return (require("@pulumi/aws/package.json") as { version: string }).version;
    } catch {
        return undefined;
    }
}
