import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { GarageBucketArgs } from "../bucketArgs";
import type { BucketSpec } from "../bucketSpec";
import { KEY_ID } from "../garage/keyId";
import { bucketWant } from "../garage/want";
import { refusal } from "../refusal";
import type { Opened } from "./access";
import { answer } from "./hostCommand";
import { ownedCommand } from "./owned";

export interface BucketAnswer {
    bucketId: string;
}

/** The bucket as declared; whatever somebody else has set stays, unless it is said to be exclusive. Deleted only while it is empty. */
export function bucket(
    component: pulumi.Resource,
    name: string,
    spec: BucketSpec,
    opened: Opened,
    args: GarageBucketArgs,
    hooks: pulumi.ResourceHookBinding,
): remote.Command {
    const ids = pulumi.all((args.keys ?? []).map(({ accessKeyId }) => accessKeyId));
    return ownedCommand(component, opened, {
        verb: "bucket",
        name,
        spec,
        want: ids.apply((known) => bucketWant(spec, known.map(keyId))),
        hooks,
    });
}

/** Not shown: whoever takes the wrong output of a key has taken its secret. */
function keyId(id: unknown, index: number): string {
    // Empty: mocks of a user's own tests answer nothing.
    if (typeof id === "string" && (id === "" || KEY_ID.test(id))) return id;
    throw refusal(
        `keys[${index}].accessKeyId: it isn't the id of a key (not shown: it may be a secret). Allowed: its id, like GK and 24 hex digits. Take accessKeyId of a GarageKey, or what \`sudo garage-manage key list\` shows on a host.`,
    );
}

export function bucketAnswer(command: remote.Command): pulumi.Output<BucketAnswer> {
    // Mocks of a user's own tests answer nothing.
    return answer(command).apply((text): BucketAnswer => (text === "" ? { bucketId: "" } : JSON.parse(text)));
}
