import { deepStrictEqual, match, ok } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { goodArgs, paris } from "../support";

const output = pulumi.output("sink.example.org");
const note = `http://${output}:4317`;
const SENTENCE =
    /^A text that an Output was put into \(.*\) holds a note of Pulumi's in place of the Output's value\. Allowed: /;

/** By the path that is refused. */
const WHERE: Record<string, unknown> = {
    "settings.admin.trace_sink": goodArgs({ settings: { admin: { trace_sink: note } } }),
    "settings.admin": goodArgs({ settings: { admin: { [note]: 1 } } }),
    settings: goodArgs({ settings: { [note]: 1 } }),
    "settings.consul_discovery.tags[0]": goodArgs({ settings: { consul_discovery: { tags: [note] } } }),
    s3RootDomain: goodArgs({ s3RootDomain: note }),
    logLevel: goodArgs({ logLevel: note }),
    beforeStop: goodArgs({ beforeStop: `curl ${note}` }),
    metadataDir: goodArgs({ metadataDir: `/srv/${output}` }),
    "binary.baseUrl": goodArgs({ binary: { baseUrl: note } }),
    rpcSecret: goodArgs({ rpcSecret: `${output}` }),
    clusterId: goodArgs({ clusterId: `${output}` }),
    "nodes.paris.zone": paris({ zone: `${output}` }),
    "nodes.paris.capacity": paris({ capacity: `${output}G` }),
    "nodes.paris.rpcPublicAddr": paris({ rpcPublicAddr: `${output}:3901` }),
    "nodes.paris.ssh.host": paris({ ssh: { host: `${output}` } }),
    "nodes.paris.ssh.privateKey": paris({ ssh: { host: "a", privateKey: `${output}` } }),
    "nodes.paris.tags[0]": paris({ tags: [`${output}`] }),
};

describe("an Output in a template string", () => {
    for (const [path, args] of Object.entries(WHERE))
        it(`is refused as ${path}, in one sentence`, () => {
            const { problems } = validateArgs(args);
            const found = problems.find((each) => each.path === path);
            match(found?.message ?? JSON.stringify(problems), SENTENCE);
            ok(!JSON.stringify(problems).includes("Calling"));
        });

    it("is refused as version and stateVersion as an Output is", () => {
        for (const name of ["version", "stateVersion"]) {
            const { problems } = validateArgs(goodArgs({ [name]: `${output}` }));
            match(problems[0]!.message, /is an Output.*-not-a-string\]$/);
        }
    });

    it("is known in the words of every language's SDK", () => {
        const notes = [
            "Calling [toString] on an [Output<T>] is not supported.",
            "Calling [toJSON] on an [Output<T>] is not supported.",
            "Calling __str__ on an Output[T] is not supported.",
            "Calling [ToString] on an [Output<T>] is not supported.",
        ];
        for (const each of notes)
            deepStrictEqual(validateArgs(goodArgs({ s3Region: `x${each}y` })).problems.length, 1, each);
    });
});
