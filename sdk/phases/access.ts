import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ACCESS_VERSION, type Access, NoAccess, parseAccess } from "../garage/access";
import { hostAndPort } from "../garage/address";
import type { Destination } from "../placement/node";
import { refusal } from "../refusal";
import { type Base, leader } from "./cluster";

/** How buckets and keys reach the cluster: JSON in one text, so that it goes through every language and from stack to stack. A secret. */
export function accessOf(base: Base): pulumi.Output<string> {
    const { spec, secrets } = base;
    const node = leader(base);
    const at = (port: number) => node.host.apply((host) => `http://${hostAndPort(host, port)}`);
    const access: { [field in keyof Access]: pulumi.Input<unknown> } = {
        version: ACCESS_VERSION,
        cluster: secrets.clusterId,
        node: node.name,
        stateVersion: spec.stateVersion,
        release: spec.version,
        sudo: node.sudo,
        connection: node.connection,
        s3Endpoint: at(spec.ports.s3),
        webEndpoint: at(spec.ports.web),
        adminEndpoint: at(spec.ports.admin),
        region: spec.s3Region,
        webRootDomain: spec.webRootDomain,
    };
    return pulumi.secret(pulumi.jsonStringify(access));
}

/** An access that was read: the host it leads to, and what of it is no secret. */
export interface Opened {
    host: Destination;
    facts: pulumi.Output<Omit<Access, "connection">>;
}

/** Where it is known, a preview fails by what is no access. */
export function open(access: pulumi.Input<string>): Opened {
    const read = pulumi.output(access).apply((text) => {
        try {
            return parseAccess(text);
        } catch (error) {
            throw error instanceof NoAccess ? refusal(error.message) : error;
        }
    });
    const facts = pulumi.unsecret(read.apply(({ connection: _, ...rest }) => rest));
    return {
        host: {
            name: facts.apply(({ node }) => node),
            connection: pulumi.secret(
                read.apply(({ connection }) => connection as unknown as types.input.remote.ConnectionArgs),
            ),
            sudo: facts.apply(({ sudo }) => sudo),
        },
        facts,
    };
}
