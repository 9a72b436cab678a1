import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Base } from "./phases/cluster";
import { disown } from "./phases/disown";
import { host } from "./phases/host";
import { look, lookAnswers } from "./phases/look";
import { adoptedIds, untake } from "./phases/untake";
import type { AdoptSpec } from "./spec";
import { backHook } from "./walls/backHook";
import type { ChangeHooks } from "./walls/changeHooks";

/** What a cluster's outputs are made of. */
export interface Done {
    hosts: Record<string, remote.Command>;
    ids: Record<string, pulumi.Output<string>>;
    /** What nothing of the cluster comes behind. */
    last: pulumi.Resource[];
    version: pulumi.Output<string>;
    layoutVersion: pulumi.Output<number>;
}

/** The services of before come back, node by node; then nothing of ours is left on any host. */
export function handedBack(base: Base, adopt: AdoptSpec, hooks: ChangeHooks): Done {
    const { parent, name, spec, nodes } = base;
    const looked = look(base);
    // Before anything stops: the state has to know that these hosts are on their way back, or taking `adopt` out half-way would go unnoticed.
    const hosts = Object.fromEntries(nodes.map((node) => [node.name, host(base, node, looked, hooks.host)]));
    const hook = backHook(parent, name, spec, adopt);
    const back = untake(base, adopt, lookAnswers(base, looked), Object.values(hosts), hook);
    return {
        hosts,
        ids: adoptedIds(adopt),
        last: disown(base, back),
        version: pulumi.output(spec.version),
        // As it was seen: no host is asked any more.
        layoutVersion: pulumi.output(adopt.layoutVersion),
    };
}
