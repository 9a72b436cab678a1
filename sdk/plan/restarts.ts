import { renderToml } from "../garage/garageToml";
import { generationOf, releaseOf } from "../garage/generation";
import { tomlChanges } from "../garage/tomlChanges";
import type { ClusterSpec } from "../spec";
import { describeRoll, type PlanFacts } from "./describePlan";
import { Machines } from "./machines";

/**
 * What a preview says of the daemons: which restart and why, or that none does. By the old and the new lines of the Commands that change, in the
 * order in which the engine comes to them: host, stage, roll. Each answer is a text to show; mostly there is none.
 */
export class Restarts {
    private toolSaid = false;
    /** Another generation was staged than last time. */
    private restart = false;
    private calmSaid = false;

    constructor(
        private readonly spec: ClusterSpec,
        private readonly facts: PlanFacts,
        private readonly machines = new Machines(),
    ) {}

    host(oldLine: unknown, newLine: unknown): string | undefined {
        const [old, now] = [oldLine, newLine].map((line) => / tool=(\S+)/.exec(String(line))?.[1]);
        if (this.toolSaid || old === undefined || now === undefined || old === now) return undefined;
        this.toolSaid = true;
        return `The tool on the hosts changes: ${old} → ${now} (the package's version, and a digest of its scripts). That restarts nothing.`;
    }

    stage(oldLine: unknown, newLine: unknown, oldSheet: unknown): string | undefined {
        const [old, now] = [generationOf(oldLine), generationOf(newLine)];
        if (this.restart || old === undefined || now === undefined || old === now) return undefined;
        this.restart = true;
        const reasons = this.reasons(String(oldSheet));
        // Another release has the plan of wall 2, and a major upgrade has another garage.toml anyhow.
        if (releaseOf(old) !== releaseOf(now))
            return this.spec.hop === undefined && reasons.length > 0 ? listed("With it changes", reasons) : undefined;
        return listed(
            `The configuration changes, so the nodes restart, ${describeRoll(this.facts)} What changes`,
            reasons.length > 0 ? reasons : ["where the binary comes from (binary)"],
        );
    }

    /** By the layout, which is said: then the steps do more than look. */
    dataMove(): void {
        this.calmSaid = true;
    }

    roll(node: string, oldLine: unknown, newLine: unknown): string | undefined {
        if (this.restart) return undefined;
        if (generationOf(oldLine) !== generationOf(newLine))
            return this.spec.hop === undefined ? `${node} restarts: its last roll did not pass.` : undefined;
        // Garage is stopped where a machine changes, which is said.
        if (this.calmSaid || this.machines.changed.length > 0) return undefined;
        this.calmSaid = true;
        return "No daemon restarts by what changes: the steps that are shown look at the hosts, and note what is new.";
    }

    /** In garage.toml, which the state holds packed; and in what else makes a generation. */
    private reasons(oldSheet: string): string[] {
        const line = (key: string) => new RegExp(`^${key} (.*)$`, "m").exec(oldSheet)?.[1];
        const packed = line("toml");
        if (packed === undefined) return [];
        const toml = tomlChanges(Buffer.from(packed, "base64").toString(), renderToml(this.spec, "full"));
        const level = line("option logLevel");
        return [
            ...toml.map((change) => `garage.toml: ${change}`),
            ...(level === undefined || level === this.spec.logLevel
                ? []
                : [`logLevel: ${level} → ${this.spec.logLevel}`]),
        ];
    }
}

function listed(head: string, lines: string[]): string {
    return [`${head}:`, ...lines.map((each) => `  ${each}`)].join("\n");
}
