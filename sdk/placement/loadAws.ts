import * as pulumi from "@pulumi/pulumi";
import { packagesHome } from "../ownFiles";
import type { PlaceOnAws } from "./node";

/**
 * Nodes on AWS need a package that nobody else has to have: as a dependency, Pulumi would fetch its plugin, 800 MB, for every program. So
 * nothing that imports it is loaded, nor are its types published, unless a node has `aws`.
 */
export function loadAws(): PlaceOnAws {
    const version = installed();
    if (version === undefined || !version.startsWith("7."))
        throw new pulumi.RunError(
            `Nodes with aws need the package @pulumi/aws 7, ${version === undefined ? "which isn't there" : `and there is ${version}`}: run \`npm install @pulumi/aws@7\` in ${packagesHome()}`,
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
