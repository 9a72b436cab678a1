import { createHash } from "node:crypto";
import type { ClusterSpec } from "../spec";
import { renderToml } from "./garageToml";

/**
 * Name of a pair of binary and configuration, `<version>-<8 hex>`: another one rolls the cluster. Made of plain values
 * that the user gave, before addresses, peers and secrets are filled in; a checksum that this package learns later, an
 * option that only tunes waiting, or a new node must not change it.
 */
export function generationId(spec: ClusterSpec): string {
    const { baseUrl, url, path, sha256 } = spec.binary;
    const parts = [
        spec.version,
        spec.logLevel,
        renderToml(spec, "full"),
        renderToml(spec, "quiet"),
        baseUrl,
        ...[url, path, sha256].flatMap((each) => [each.x86_64 ?? "", each.aarch64 ?? ""]),
    ];
    const digest = createHash("sha256").update(parts.join("\0")).digest("hex");
    return `${spec.version}-${digest.slice(0, 8)}`;
}

/** `<release>-<8 hex>` in the line of a stage or a roll. */
export function generationOf(line: unknown): string | undefined {
    return /garage-node (?:stage|roll) (\S+-[0-9a-f]{8})( |$)/.exec(String(line))?.[1];
}

/** The release of a generation. */
export function releaseOf(generation: string): string {
    return generation.slice(0, generation.lastIndexOf("-"));
}
