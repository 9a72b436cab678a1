import { Bed } from "./bed";
import { ClusterProject } from "./clusterProject";
import { Store } from "./store";

/** Real hosts, and a project whose clusters are on them. */
export interface OnHosts {
    bed: Bed;
    cluster: ClusterProject;
    /** Brings up what is declared, and fills a bucket of it through the first host. */
    upFilled(): Promise<Store>;
}

/** Gives a `describe` hosts of its own, on which `begin` sets up what its tests start from; nothing of it is left afterwards. */
export function onHosts(purpose: string, names: string[], begin: (on: OnHosts) => Promise<void>): void {
    let bed: Bed | undefined;
    let cluster: ClusterProject | undefined;

    before(async () => {
        const hosts = await Bed.make(purpose, names);
        bed = hosts;
        const project = await ClusterProject.make(hosts);
        cluster = project;
        await begin({ bed: hosts, cluster: project, upFilled: () => upFilled(hosts, project, names[0]!) });
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });
}

async function upFilled(bed: Bed, cluster: ClusterProject, first: string): Promise<Store> {
    await cluster.up();
    const store = await Store.make(bed, first);
    await store.fill(first);
    return store;
}
