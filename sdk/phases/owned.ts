import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { BucketSpec, KeySpec } from "../bucketSpec";
import { seriesOfAccess } from "../garage/access";
import { inOneLine, wantDigest } from "../garage/want";
import { tooOld } from "../policy";
import { refusal } from "../refusal";
import type { Opened } from "./access";
import { ANSWERS, readAnswer } from "./answer";
import { hostCommand } from "./hostCommand";
import { formerUrns, ownUrn } from "./owner";
import { sheet } from "./sheet";

interface Owned {
    verb: "bucket" | "key";
    name: string;
    spec: BucketSpec | KeySpec;
    want: pulumi.Input<object>;
    /** Its answer holds a secret. */
    secret?: boolean;
    hooks?: pulumi.ResourceHookBinding;
}

/** What a store is asked for, on the host that `access` leads to, with the owner by whom alone it is changed and deleted. */
export function ownedCommand(component: pulumi.Resource, { host, facts }: Opened, owned: Owned): remote.Command {
    const { verb, name, spec, secret, hooks } = owned;
    const about = facts.apply((access) => {
        const reasons = tooOld(seriesOfAccess(access), spec.needs);
        if (reasons.length > 0) throw refusal([`${verb} ${name}: nothing was changed:`, ...reasons].join("\n  - "));
        return [`cluster ${access.cluster}`, `node ${access.node}`, `region ${access.region}`];
    });
    const again = spec.reapply === undefined ? "" : ` reapply=${spec.reapply}`;
    return hostCommand(component, {
        name: `${name}-${verb}`,
        node: host,
        create: `garage-node ${verb} ${name} ${wantDigest(spec)}${again}`,
        delete: `garage-node ${verb}-delete ${name}`,
        stdin: sheet(
            about,
            [`stack ${pulumi.getProject()}/${pulumi.getStack()}`, pulumi.interpolate`owner ${ownUrn(component)}`],
            formerOwners(component),
            [pulumi.interpolate`want ${pulumi.output(owned.want).apply(inOneLine)}`],
        ),
        answers: ANSWERS[verb],
        secret,
        lever: `reapply of ${name}`,
        dependsOn: [],
        hooks,
    });
}

/** What a host has to tell beside what it was asked for, of all that came on stdout; what isn't there it hasn't said. */
export function toldIn(verb: Owned["verb"]) {
    return (stdout: string): { changed: string[]; warnings: string[] } => {
        const { text } = readAnswer("the host", verb, ANSWERS[verb], stdout, { secret: true });
        const { changed = [], warnings = [] } = JSON.parse(text);
        return { changed, warnings };
    };
}

async function formerOwners(component: pulumi.Resource): Promise<string[]> {
    const [own, former] = await Promise.all([ownUrn(component), formerUrns(component)]);
    return [...new Set(former)].filter((urn) => urn !== own).map((urn) => `alias-owner ${urn}`);
}
