import type { NodeSpec } from "../spec";
import { join, missing, type Reader } from "./reader";

/** What every container keeps in volumes of its own: `create_container` in sdk/container/container.sh. */
const KEPT = ["/var/lib/garage", "/var/lib/garage-backups"];

/** The further volumes of a container; none if there are none, or the node isn't one. */
export function readContainer(reader: Reader, at: string, value: unknown): string[] {
    const container = missing(value) ? undefined : reader.options(at, value, "nodes.*.container");
    if (!container) return [];
    const word = { pattern: /^[A-Za-z0-9/.][^\s'"\\]*$/, longest: 512, todo: "Write it as podman takes it" };
    reader.text(join(at, "image"), container.image, { ...word, allowed: "the name of an image" });
    return reader.texts(join(at, "volumes"), container.volumes, {
        // Without a source, or with the option O (an overlay), podman keeps nothing of what is written there.
        pattern: /^[A-Za-z0-9/.][^\s'"\\:]*:\/[^\s'"\\:]+(:(?!O(,|$))[A-Za-z][^\s'"\\:,]*(,(?!O(,|$))[^\s'"\\:,]+)*)?$/,
        longest: 512,
        allowed: '"source:target" or "source:target:options", without spaces, the target an absolute path; no overlay',
        todo: 'Write it as podman takes it, like "/srv/paris:/srv/garage"',
    });
}

/** What lies in no volume goes with the container: `destroy` removes it. */
export function checkKept(reader: Reader, path: string, dir: string, nodes: NodeSpec[]): void {
    const lost = nodes.filter(({ placement, volumes = [] }) => {
        const kept = [...KEPT, ...volumes.map((volume) => volume.split(":")[1]!.replace(/\/+$/, ""))];
        return placement === "container" && !kept.some((each) => dir === each || dir.startsWith(`${each}/`));
    });
    if (lost.length === 0) return;
    const names = lost.map(({ name }) => name);
    reader.complain(path, {
        given: `"${dir}"`,
        what: `lies in no volume of ${names.join(", ")}: it would be deleted with the container`,
        allowed: `in containers a directory below ${KEPT.join(", ")} or the target of a volume`,
        todo: `Leave ${path} out, or give ${names.length === 1 ? "that node" : "each of them"} a volume for it: container: { volumes: ["/srv/${names[0]}:${dir}"] }`,
    });
}
