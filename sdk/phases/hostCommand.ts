import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { takesPart } from "../spec";
import { readAnswer } from "./answer";

export interface HostCommandArgs {
    /** Pulumi name of the resource; says step, phase and node. */
    name: string;
    /** Whose host it runs on. */
    node: Node;
    /** The words of the command line; what a detailed preview shows. Never a secret. `onChange`: when it is made nothing runs, and nobody is dialled. */
    create: string;
    onChange?: boolean;
    /** The sheet: everything that is long, computed, or secret. */
    stdin: pulumi.Input<string>;
    /** Command line run when the resource goes; gets the stored stdin. Only `host` has one. */
    delete?: string;
    /** A machine that boots, or whose bastion does: dial for minutes instead of seconds. Only `host` and `back` do. */
    patient?: boolean;
    /** The form of its answer, where something is made of it. */
    answers?: RegExp;
    dependsOn: pulumi.Resource[];
    hooks?: pulumi.ResourceHookBinding;
}

/** What each Command was made of. */
const made = new WeakMap<remote.Command, HostCommandArgs>();
/** Nodes whose login shell was spoken of: it prints at every step. */
const printing = new Set<string>();

/** A host's answer isn't a secret, even where its stdin was one. */
export function answer(command: remote.Command): pulumi.Output<string> {
    const { node, name, answers, onChange } = made.get(command)!;
    return pulumi.unsecret(command.stdout).apply((stdout) => {
        // Mocks of a user's own tests answer nothing.
        if (stdout === undefined || (onChange && stdout === "")) return "";
        const { text, warning } = readAnswer(node.name, name, answers ?? /^/, stdout);
        if (warning && !printing.has(node.name)) pulumi.log.warn(warning, command);
        if (warning) printing.add(node.name);
        return text;
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
function dialled({ node, patient }: HostCommandArgs): types.input.remote.ConnectionArgs {
    if (!patient) return { ...node.connection, dialErrorLimit: 10 };
    const patience = { dialErrorLimit: 60, perDialTimeout: 5 };
    // A plain map, which validateArgs sees to.
    const proxy = node.connection.proxy as types.input.remote.ProxyConnectionArgs | undefined;
    return { ...node.connection, ...(proxy ? { proxy: { ...proxy, ...patience } } : {}), ...patience };
}

function newCommand(
    parent: pulumi.Resource,
    args: HostCommandArgs,
    connection: types.input.remote.ConnectionArgs,
): remote.Command {
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
        },
        {
            parent,
            dependsOn: args.dependsOn,
            // What only records a step goes with every upgrade: protected like the component, it would block it. `host`, whose
            // delete uninstalls, inherits both: with `--skip-preview` or `--exclude-protected` the component's own protection comes too late.
            ...(args.delete === undefined ? { protect: false, retainOnDelete: false } : {}),
            // Taken out of `nodes` afterwards, a host that was given up isn't dialled to be uninstalled: the state keeps this.
            ...(args.delete !== undefined && !takesPart(args.node.spec) ? { retainOnDelete: true } : {}),
            // A host that is given up must not be dialled, or nothing else goes on.
            ignoreChanges: takesPart(args.node.spec) ? undefined : ["*"],
            hooks: args.hooks,
        },
    );
}

/**
 * Pulumi notes a stack trace, mapped back to TypeScript, for each of some 50 promises of a resource. Without them (they
 * serve the debugging of Pulumi itself) the preview of a large cluster takes a quarter less time: `bench/preview`.
 */
function withoutStacks<T>(make: () => T): T {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
        return make();
    } finally {
        Error.stackTraceLimit = limit;
    }
}

function asRoot(node: Node, line: string): string {
    return node.sudo ? `sudo -n ${line}` : line;
}
