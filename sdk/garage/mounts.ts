/** Of a container: a place of the host that it has under a path of its own. */
export interface Mount {
    source: string;
    target: string;
    /** "bind", or "volume": one of the engine's own. */
    type: string;
}

/** By which of its mounts a container has a directory. */
export function mountOf(mounts: readonly Mount[] = [], dir: string): Mount | undefined {
    const deepest = [...mounts].sort((a, b) => b.target.length - a.target.length);
    return deepest.find(({ target }) => `${dir}/`.startsWith(`${target.replace(/\/+$/, "")}/`));
}

/** Where a directory of a container lies on the host; the path itself where the host has it. */
export function hostPath(mounts: readonly Mount[] | undefined, dir: string): string {
    const mount = mountOf(mounts, dir);
    return mount === undefined ? dir : `${mount.source}${dir.slice(mount.target.replace(/\/+$/, "").length)}`;
}
