import { ARCHITECTURES, type Architecture, type ClusterSpec } from "../spec";
import { CHECKSUMS } from "./checksums";

/** Garage's own download site. */
export const OFFICIAL_BASE_URL = "https://garagehq.deuxfleurs.fr/_releases";

export interface Download {
    arch: Architecture;
    url: string;
    /** Lower case hex; absent where nobody knows it. */
    sha256?: string;
}

type Source = Pick<ClusterSpec, "version" | "binary" | "adopt">;

/** Where each architecture's binary comes from: an upload (`file://` on the host), a URL of its own, or `baseUrl`. */
export function downloads(spec: Source): Download[] {
    return ARCHITECTURES.map((arch) => {
        const sha256 = checksum(spec, arch);
        return { arch, url: source(spec, arch), ...(sha256 ? { sha256 } : {}) };
    });
}

/** Where a file of `binary.path` is uploaded to on a host; named after its content, so that two of them never meet. */
export function uploadedTo(arch: Architecture, sha256: string): string {
    return `/var/tmp/garage-${arch}-${sha256.slice(0, 16)}`;
}

/**
 * Without a checksum from the user, only the official binary has one that could be known here. Where a Garage is taken over, the file is to be the
 * very one that runs.
 */
function checksum({ version, binary, adopt }: Source, arch: Architecture): string | undefined {
    if (binary.sha256[arch]) return binary.sha256[arch].toLowerCase();
    const runs = Object.values(adopt?.nodes ?? {}).find(({ host }) => host.arch === arch)?.binary.sha256;
    if (binary.path[arch] || binary.url[arch]) return runs;
    return CHECKSUMS[version]?.[arch] ?? runs;
}

function source(spec: Source, arch: Architecture): string {
    const { version, binary } = spec;
    if (binary.path[arch]) return `file://${uploadedTo(arch, checksum(spec, arch) ?? "unchecked")}`;
    return binary.url[arch] ?? `${binary.baseUrl}/v${version}/${arch}-unknown-linux-musl/garage`;
}
