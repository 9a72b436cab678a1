import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { uploadedTo } from "../garage/download";
import type { Architecture } from "../spec";
import { type Base, living } from "./cluster";

/** Copies the binaries of `binary.path` to each host, where `stage` takes them from; none without that option. */
export function uploads(cluster: Base, hosts: Record<string, pulumi.Resource>): Record<string, pulumi.Resource[]> {
    const { path: paths, sha256 } = cluster.spec.binary;
    const files = Object.entries(paths) as [Architecture, string][];
    return Object.fromEntries(
        // A host that is given up isn't dialled: what isn't in the state yet would be created.
        living(cluster).map((node) => [
            node.name,
            files.map(
                ([arch, path]) =>
                    new remote.CopyToRemote(
                        `${cluster.name}-upload-${arch}-${node.name}`,
                        {
                            connection: { ...node.connection, dialErrorLimit: 10 },
                            source: new pulumi.asset.FileAsset(path),
                            remotePath: uploadedTo(arch, sha256[arch]!),
                            // A host that was put up anew has lost it. What goes in its place is deleted without a word to the host.
                            ...(node.spec.reapply === undefined ? {} : { triggers: [node.spec.reapply] }),
                        },
                        {
                            parent: cluster.parent,
                            dependsOn: [hosts[node.name]!],
                            protect: false,
                            retainOnDelete: false,
                        },
                    ),
            ),
        ]),
    );
}
