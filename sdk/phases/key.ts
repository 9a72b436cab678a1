import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { KeySpec } from "../bucketSpec";
import { keyWant } from "../garage/want";
import type { GarageKeyArgs } from "../keyArgs";
import type { Opened } from "./access";
import { answer } from "./hostCommand";
import { ownedCommand } from "./owned";

export interface KeyAnswer {
    accessKeyId: string;
    secretAccessKey: string;
    previousAccessKeyIds: string[];
}

/** The key as declared; a former one goes only by its name in `retire`. Deleted only where nobody else has given it a right. */
export function key(
    component: pulumi.Resource,
    name: string,
    spec: KeySpec,
    opened: Opened,
    args: GarageKeyArgs,
    hooks: pulumi.ResourceHookBinding,
): remote.Command {
    const pair = pulumi.all([args.accessKeyId, pulumi.secret(args.secretAccessKey)]);
    const want = pair.apply(([accessKeyId, secretAccessKey]) =>
        keyWant(spec, { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }),
    );
    return ownedCommand(component, opened, {
        verb: "key",
        name,
        spec,
        want: spec.imported ? want : keyWant(spec),
        secret: true,
        hooks,
    });
}

/** All of it is a secret. */
export function keyAnswer(command: remote.Command): pulumi.Output<KeyAnswer> {
    return answer(command).apply(
        (text): KeyAnswer =>
            // Mocks of a user's own tests answer nothing.
            text === "" ? { accessKeyId: "", secretAccessKey: "", previousAccessKeyIds: [] } : JSON.parse(text),
    );
}
