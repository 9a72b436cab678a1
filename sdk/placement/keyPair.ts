import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ownFile } from "../ownFiles";

export interface KeyPair {
    publicKey: pulumi.Output<string>;
    privateKey: pulumi.Output<string>;
}

/** An Ed25519 key pair for SSH, made once: whatever the program says later is ignored. */
export function keyPair(parent: pulumi.Resource, name: string): KeyPair {
    const made = new local.Command(
        name,
        {
            create: "bash -s",
            stdin: ownFile("container/sshKey.sh"),
            logging: local.Logging.Stderr,
            addPreviousOutputInEnv: false,
        },
        { parent, ignoreChanges: ["*"], additionalSecretOutputs: ["stdout"] },
    );
    // Mocks of a user's own tests answer nothing.
    const lines = pulumi.secret(made.stdout).apply((text) => (text ?? "").split("\n"));
    return {
        publicKey: pulumi.unsecret(lines.apply(([first]) => first!)),
        privateKey: lines.apply(([, ...rest]) => `${rest.join("\n").trim()}\n`),
    };
}
