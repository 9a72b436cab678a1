import type { BucketSpec } from "../bucketSpec";
import type { Access } from "./access";

/** Where a bucket's website is: its name below the cluster's domain, at the port of the web server. Empty without one. */
export function websiteEndpoint(
    { website, aliases }: Pick<BucketSpec, "website" | "aliases">,
    { webEndpoint, webRootDomain }: Pick<Access, "webEndpoint" | "webRootDomain">,
): string {
    if (website === undefined) return "";
    const port = /:(\d+)$/.exec(webEndpoint)?.[1];
    const domain = `${webRootDomain.startsWith(".") ? "" : "."}${webRootDomain}`;
    return `http://${aliases[0]}${domain}${port === undefined || port === "80" ? "" : `:${port}`}`;
}
