import { createHash } from "node:crypto";
import { unpackSheet } from "../../sdk/plan/packedSheet";
import { answer, privateKey, type Ran, ScriptedSshd } from "../standins/scriptedSshd";
import { ClusterProject, type PlainArgs } from "../support/clusterProject";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A host that runs nothing and answers each verb as garage-node does, its two memories included. For what Pulumi's engine makes of it. */
export class SimHost {
    /** Verbs that fail, with these words, though what they do may be done. */
    readonly fails: Record<string, string> = {};
    /** What else it answers, by verb. */
    readonly answers: Record<string, string> = {};
    private readonly memory = new Map<string, { asked: string; word: number }>();
    readonly sshd: ScriptedSshd;

    /** `log`: of all hosts of a bed together. */
    constructor(
        readonly label: string,
        log: string[],
    ) {
        const script = (...[channel, ran, connection]: Parameters<ReturnType<typeof answer>>) => {
            const { verb, words } = SimHost.call(ran);
            log.push(`${label} ${words.slice(0, 2).join(" ")}`);
            const said = this.says(verb, words, String(unpackSheet(ran.stdin)));
            const failed = this.fails[verb];
            return (failed ? answer("", `${failed}\n`, 1) : answer(`${said}\n`))(channel, ran, connection);
        };
        this.sshd = new ScriptedSshd({ sudo: script });
    }

    /** `bash -s -- host paris …` and `garage-node stage …` alike. */
    static call({ command }: Ran): { verb: string; words: string[] } {
        const words = command.replace(/^sudo -n (bash -s -- |garage-node )/, "").split(" ");
        return { verb: words[0]!, words };
    }

    private says(verb: string, words: string[], stdin: string): string {
        switch (verb) {
            case "host":
                return sha256(this.label);
            case "stage":
                return `${this.word("epoch", words[1]!)} ${words[1]!.split("-")[0]} x86_64:abcdef`;
            case "join":
                return `${this.word("layout", /^layout .*$/m.exec(stdin)![0])} 3 nodes`;
            case "layout":
                return "1";
            case "release":
                return words[1]!;
        }
        return this.answers[verb] ?? "";
    }

    private word(key: string, asked: string): string {
        const last = this.memory.get(key) ?? { asked: "", word: 0 };
        if (last.asked !== asked) this.memory.set(key, { asked, word: last.word + 1 });
        return `word${this.memory.get(key)!.word}`;
    }

    /** What it draws words for is something else from now on, whatever it is asked. */
    forgets(): void {
        for (const each of this.memory.values()) each.asked = "";
    }

    verbs(): string[] {
        return this.sshd.ran.map((ran) => SimHost.call(ran).words.slice(0, 2).join(" "));
    }
}

/** A real project on the real engine, with hosts that only answer. */
export class SimBed {
    readonly hosts: Record<string, SimHost> = {};
    /** What was asked of which host, in order, as `london stage 2.5.0-1f3c`. */
    readonly log: string[] = [];
    private constructor(readonly cluster: ClusterProject) {}

    static async make(...labels: string[]): Promise<SimBed> {
        const bed = new SimBed(await ClusterProject.make());
        for (const label of labels) {
            bed.hosts[label] = new SimHost(label, bed.log);
            await bed.hosts[label].sshd.listen();
        }
        return bed;
    }

    /** Node by node, the host it is on. */
    args(nodes: Record<string, string>, more: Record<string, unknown> = {}): PlainArgs {
        const on = (name: string, label: string) => {
            return {
                zone: name,
                capacity: "1G",
                ssh: this.connection(label),
                rpcPublicAddr: `${name}.example:3901`,
            };
        };
        const all = Object.entries(nodes).map(([name, label]) => [name, on(name, label)]);
        return { stateVersion: "2", version: "2.5.0", replicationFactor: 3, nodes: Object.fromEntries(all), ...more };
    }

    /** How a host is reached. */
    connection(label: string) {
        const { sshd } = this.hosts[label]!;
        return { host: "127.0.0.1", port: sshd.port, user: "tester", privateKey, hostKey: sshd.hostKey };
    }

    /** What was asked of a host since `forget`: the verb and its first word. */
    verbs(label: string): string[] {
        return this.hosts[label]!.verbs();
    }

    stdin(label: string, verb: string): string {
        return this.hosts[label]!.sshd.ran.filter((ran) => SimHost.call(ran).verb === verb).at(-1)!.stdin;
    }

    forget(): void {
        this.log.length = 0;
        for (const { sshd } of Object.values(this.hosts)) sshd.forget();
    }

    async remove(): Promise<void> {
        this.cluster.remove();
        for (const { sshd } of Object.values(this.hosts)) await sshd.close();
    }
}
