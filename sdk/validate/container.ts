import { showValue } from "../showValue";
import type { NodeSpec } from "../spec";
import { join, missing, type Reader } from "./reader";

/** What every container keeps in volumes of its own: `create_container` in sdk/container/container.sh. */
const KEPT = ["/var/lib/garage", "/var/lib/garage-backups"];

/** Without a source, or with the option O (an overlay), podman keeps nothing of what is written there. */
const VOLUME =
    /^[A-Za-z0-9./][A-Za-z0-9._@+/-]*:\/[A-Za-z0-9._@+/-]+(:(?!O(,|$))[A-Za-z][A-Za-z0-9=-]*(,(?!O(,|$))[A-Za-z][A-Za-z0-9=-]*)*)?$/;

/** The further volumes of a container; none if there are none, or the node isn't one. */
export function readContainer(reader: Reader, at: string, value: unknown): string[] {
    const container = missing(value) ? undefined : reader.options(at, value, "nodes.*.container");
    if (!container) return [];
    reader.text(join(at, "image"), container.image, {
        pattern: /^[A-Za-z0-9][A-Za-z0-9._:@/-]*$/,
        longest: 512,
        allowed: "the name of an image",
        todo: "Write it as podman takes it",
    });
    return reader.texts(join(at, "volumes"), container.volumes, {
        pattern: VOLUME,
        longest: 512,
        allowed:
            '"source:target" or "source:target:options", of letters, digits and "._@+/-", the target an absolute path; no overlay',
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

/** The component's name is a part of the containers' names, which stand in command lines. */
export function checkComponentName(reader: Reader, name: string, nodes: NodeSpec[]): void {
    if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) || nodes.every(({ placement }) => placement !== "container")) return;
    reader.complain("name", {
        given: showValue(name),
        what: "is the component's name, and can't be a part of a container's",
        allowed: 'with containers a name of letters, digits, "_", "." and "-", beginning with a letter or a digit',
        todo: "Choose such a name for the component",
    });
}
