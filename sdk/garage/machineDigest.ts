import { createHash } from "node:crypto";
import type { AwsNodeSpec } from "../spec";

/**
 * What a machine shall be, as 12 hex digits: another one means that it is stopped, or made anew. So nothing belongs here that the Instance's
 * options ignore: a node would be taken down for nothing. An image that is no longer asked for is such a thing; but nothing here knows which one
 * a machine was made of.
 */
export function machineDigest({ instanceType, amiId, renew }: AwsNodeSpec): string {
    return createHash("sha256")
        .update(JSON.stringify([instanceType, amiId ?? null, renew ?? null]))
        .digest("hex")
        .slice(0, 12);
}
