import type { Hosts } from "./bed";

export interface ViewsResult {
    samples: number;
    /** The most nodes that any node saw down at one time. */
    mostDown: number;
    /** When that was seen, and by whom; empty where every node saw every one all the time. */
    first: string;
}

const PATH: Record<string, string> = {
    "0.8": "/v0/health",
    "0.9": "/v1/health",
    "1": "/v1/health",
    "2": "/v2/GetClusterHealth",
};

/** Asks every node's admin API ten times a second how many nodes it sees. A node that doesn't answer has no view. */
export class Views {
    private running = true;
    private readonly result: ViewsResult = { samples: 0, mostDown: 0, first: "" };
    private readonly done: Promise<unknown>;

    private constructor(bed: Pick<Hosts, "hosts">, series: string, token: string) {
        this.done = Promise.all(
            Object.values(bed.hosts).map(async ({ name, address }) => {
                while (this.running) {
                    const pause = new Promise((resolve) => setTimeout(resolve, 100));
                    await this.look(name, `http://${address}:3903${PATH[series]}`, token);
                    await pause;
                }
            }),
        );
    }

    static start(bed: Pick<Hosts, "hosts">, series: string, token: string): Views {
        return new Views(bed, series, token);
    }

    async stop(): Promise<ViewsResult> {
        this.running = false;
        await this.done;
        return this.result;
    }

    private async look(name: string, url: string, token: string): Promise<void> {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
        if (!answer) return;
        const health = (await answer.json()) as Record<string, number>;
        const known = health.knownNodes ?? health.known_nodes!;
        const down = known - (health.connectedNodes ?? health.connected_nodes!);
        this.result.samples++;
        if (down <= this.result.mostDown) return;
        this.result.mostDown = down;
        this.result.first = `${name} saw ${down} of ${known} down`;
    }
}
