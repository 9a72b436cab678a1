import type { NodeSpec, SeenNode } from "../spec";
import { join, missing, type Reader } from "./reader";
import { ANY_LINE } from "./rules";

/** Of a node that runs by hand, and is taken over. */
export function readCommands(reader: Reader, at: string, value: unknown): NodeSpec["adopt"] {
    if (missing(value)) return undefined;
    const options = reader.options(at, value, "nodes.*.adopt");
    if (options === undefined) return undefined;
    const command = (name: string) => {
        const line = reader.text(join(at, name), options[name], { ...ANY_LINE, secret: true })?.trim();
        if (missing(options[name]) || line === "")
            reader.complain(join(at, name), {
                given: "Nothing",
                what: "is given: a daemon that is stopped has to come back where its node doesn't pass",
                allowed: "both commands, or none",
                todo: `Add ${name}, or take ${at} out`,
            });
        return line ?? "";
    };
    return { stopCommand: command("stopCommand"), startCommand: command("startCommand") };
}

/** What systemd or an engine keeps is stopped and started by these. */
export function checkCommands(reader: Reader, { name, adopt }: NodeSpec, { keeper }: SeenNode): void {
    if (adopt === undefined || keeper.kind === "hand") return;
    const { unit, container } = keeper;
    reader.complain(join(join("nodes", name), "adopt"), {
        given: "Commands",
        what: `are given for a daemon that ${unit?.name ?? `the container ${container?.name} of ${container?.engine}`} keeps, which is stopped and brought back without`,
        allowed: "commands for a daemon that runs by hand, or by a supervisor that isn't known here",
        todo: "Take them out",
    });
}

/** Without a takeover they would do nothing. */
export function checkNoCommands(reader: Reader, nodes: readonly NodeSpec[]): void {
    for (const { name, adopt } of nodes)
        if (adopt !== undefined)
            reader.complain(join(join("nodes", name), "adopt"), {
                given: "Commands",
                what: "are given, and the cluster has no adopt: nothing is taken over",
                allowed: "commands as long as a takeover isn't over",
                todo: "Take them out; or put the cluster's adopt in",
            });
}
