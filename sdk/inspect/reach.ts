import { execFileSync } from "node:child_process";
import type { Reach } from "../adopt/seen";

/** `host`, `user@host`, `host:port`, `[v6]:port`; the host may be a name of ~/.ssh/config. */
const TARGET = /^(?:([^@\s]+)@)?(\[[0-9a-fA-F:.]+\]|[^\s:@[\]]+)(?::(\d{1,5}))?$/;

/** The words of ssh that name a target; throws for what is none. */
export function sshWords(target: string): string[] {
    const [, user, host, port] = TARGET.exec(target) ?? [];
    if (host === undefined || target.startsWith("-") || host.startsWith("-"))
        throw new Error(`"${target}" is no host: write user@host, or user@host:port, an IPv6 address in brackets`);
    const bare = host.replace(/^\[|\]$/g, "");
    return [...(port ? ["-p", port] : []), user ? `${user}@${bare}` : bare];
}

/** As ssh itself resolves it, by its configuration too; nothing is dialled. */
export function resolveReach(target: string, options: readonly string[] = []): Reach {
    const settings = configurationOf([...options, ...sshWords(target)]);
    const jump = settings.proxyjump;
    return {
        target,
        host: settings.hostname ?? target,
        port: Number(settings.port ?? 22),
        user: settings.user ?? "root",
        ...(jump !== undefined && jump !== "none" ? proxyOf(jump, options) : {}),
        ...(settings.proxycommand !== undefined && settings.proxycommand !== "none"
            ? { proxyCommand: settings.proxycommand }
            : {}),
    };
}

/** One bastion is what an option can say. */
function proxyOf(jump: string, options: readonly string[]): Pick<Reach, "proxy" | "proxyCommand"> {
    if (jump.includes(",")) return { proxyCommand: `ssh by ${jump}` };
    const { hostname, port, user } = configurationOf([...options, ...sshWords(jump.replace(/^ssh:\/\//, ""))]);
    return { proxy: { host: hostname!, port: Number(port), user: user! } };
}

function configurationOf(words: readonly string[]): Record<string, string> {
    const lines = execFileSync("ssh", ["-G", "-T", ...words], { encoding: "utf8", stdio: "pipe" }).split("\n");
    return Object.fromEntries(lines.map((line) => [line.split(" ")[0]!, line.slice(line.indexOf(" ") + 1)]));
}
