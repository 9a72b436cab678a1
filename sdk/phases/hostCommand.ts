import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Destination } from "../placement/node";
import { withoutStacks } from "../placement/withoutStacks";
import { takesPart } from "../spec";
import { readAnswer } from "./answer";

export interface HostCommandArgs {
    /** Pulumi name of the resource; says step, phase and node. */
    name: string;
    /** Whose host it runs on. */
    node: Destination;
    /** The words of the command line; what a detailed preview shows. Never a secret. `onChange`: when it is made nothing runs, and nobody is dialled. */
    create: string;
    onChange?: boolean;
    /** The sheet: everything that is long, computed, or secret. */
    stdin: pulumi.Input<string>;
    /** Command line run when the resource goes; gets the stored stdin. `host` has one, and what a store is asked for: buckets and keys. */
    delete?: string;
    /** A machine that boots, or whose bastion does: dial for minutes instead of seconds. What comes first on a host does. */
    patient?: boolean;
    /** The form of its answer, where something is made of it. */
    answers?: RegExp;
    /** Its answer is a secret: marked in the state, shown by no log and no message. */
    secret?: boolean;
    /** What has it run again, where that isn't `reapply` of a node. */
    lever?: string;
    dependsOn: pulumi.Resource[];
    hooks?: pulumi.ResourceHookBinding;
}

/** What each Command was made of. */
const made = new WeakMap<remote.Command, HostCommandArgs>();
/** Nodes whose login shell was spoken of: it prints at every step. */
const printing = new Set<string>();

/** A host's answer isn't a secret, even where its stdin was one; unless it is said to be. */
export function answer(command: remote.Command): pulumi.Output<string> {
    const { node, name, answers, secret, lever, onChange } = made.get(command)!;
    const stdout = secret ? command.stdout : pulumi.unsecret(command.stdout);
    return pulumi.all([stdout, node.name]).apply(([text, host]) => {
        // Mocks of a user's own tests answer nothing.
        if (text === undefined || (onChange && text === "")) return "";
        const read = readAnswer(host, name, answers ?? /^/, text, { secret, lever });
        if (read.warning && !printing.has(host)) pulumi.log.warn(read.warning, command);
        if (read.warning) printing.add(host);
        return read.text;
    });
}

/**
 * Makes a `command.remote.Command`; the only maker of them. No `triggers`, and no `update` beside a `create`: a changed line runs again in
 * place, and nothing is ever replaced (a replace would run the old `delete` on the same host). What is done around a change of a machine
 * (`leave`, `back`) has an `update` alone: when it is made there is no machine yet, or one that was never left.
 */
export function hostCommand(parent: pulumi.Resource, args: HostCommandArgs): remote.Command {
    const command = withoutStacks(() => newCommand(parent, args, dialled(args)));
    made.set(command, args);
    return command;
}

/** The provider counts each leg of the way by itself: a bastion's own limit holds for the bastion. */
export function dialled({
    node,
    patient,
}: Pick<HostCommandArgs, "node" | "patient">): pulumi.Input<types.input.remote.ConnectionArgs> {
    if (pulumi.Output.isInstance(node.connection))
        return node.connection.apply((connection) => ({ ...connection, dialErrorLimit: 10 }));
    const connection = node.connection as types.input.remote.ConnectionArgs;
    if (!patient) return { ...connection, dialErrorLimit: 10 };
    const patience = { dialErrorLimit: 60, perDialTimeout: 5 };
    // A plain map, which validateArgs sees to.
    const proxy = connection.proxy as types.input.remote.ProxyConnectionArgs | undefined;
    return { ...connection, ...(proxy ? { proxy: { ...proxy, ...patience } } : {}), ...patience };
}

function newCommand(
    parent: pulumi.Resource,
    args: HostCommandArgs,
    connection: pulumi.Input<types.input.remote.ConnectionArgs>,
): remote.Command {
    const dials = args.node.spec === undefined || takesPart(args.node.spec);
    return new remote.Command(
        args.name,
        {
            connection,
            ...(args.onChange
                ? { update: asRoot(args.node, args.create) }
                : { create: asRoot(args.node, args.create) }),
            delete: args.delete === undefined ? undefined : asRoot(args.node, args.delete),
            stdin: args.stdin,
            addPreviousOutputInEnv: false,
            ...(args.secret ? { logging: remote.Logging.Stderr } : {}),
        },
        {
            parent,
            dependsOn: args.dependsOn,
            // What only records a step goes with every upgrade: protected like the component, it would block it. What has something to
            // undo (an uninstall, a bucket, a key) inherits both: with `--skip-preview` or `--exclude-protected` the component's own protection comes too late.
            ...(args.delete === undefined ? { protect: false, retainOnDelete: false } : {}),
            // Taken out of `nodes` afterwards, a host that was given up isn't dialled to be uninstalled: the state keeps this.
            ...(args.delete !== undefined && !dials ? { retainOnDelete: true } : {}),
            // A host that is given up must not be dialled, or nothing else goes on.
            ignoreChanges: dials ? undefined : ["*"],
            additionalSecretOutputs: args.secret ? ["stdout"] : undefined,
            hooks: args.hooks,
        },
    );
}

function asRoot({ sudo }: Destination, line: string): pulumi.Input<string> {
    const words = (asked: boolean) => (asked ? `sudo -n ${line}` : line);
    return typeof sudo === "boolean" ? words(sudo) : pulumi.output(sudo).apply(words);
}
