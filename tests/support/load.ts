import { randomBytes } from "node:crypto";
import type { Store } from "./store";

export interface LoadResult {
    requests: number;
    /** Requests that no node answered within the client's patience. */
    lost: string[];
    /** First tries that failed and went on to another node. */
    retried: number;
    /** Tries that a node let hang: one that stops, while some client's idle connection keeps it from ending. */
    hung: number;
    /** Longest time without any success, in milliseconds. */
    longestGapMs: number;
    mismatches: string[];
}

const PATIENCE_MS = 5_000;
const PATIENCE_WITH_ONE_NODE_MS = 2_000;
let loads = 0;

/** A client as it should be: goes to all endpoints in turn, and tries another one on failure or after two seconds, for five seconds. */
export class Load {
    private running = true;
    private readonly done: Promise<void>;
    private readonly result: LoadResult = {
        requests: 0,
        lost: [],
        retried: 0,
        hung: 0,
        longestGapMs: 0,
        mismatches: [],
    };
    private lastSuccess = Date.now();
    private readonly number = ++loads;
    /** What is there to be read: of before, and of this load itself. */
    private readonly readable: string[];

    private constructor(
        private readonly store: Store,
        private readonly nodes: string[],
        perSecond: number,
    ) {
        this.readable = [...store.written.keys()];
        if (this.readable.length === 0) throw new Error("the store is empty: there is nothing to read");
        this.done = this.run(perSecond);
    }

    static start(store: Store, nodes: string[], perSecond = 20): Load {
        return new Load(store, nodes, perSecond);
    }

    /** No further requests; those under way end. */
    async pause(): Promise<void> {
        this.running = false;
        await this.done;
    }

    /** Ends the load, reads everything back, and says what happened. */
    async stop(): Promise<LoadResult> {
        await this.pause();
        this.result.mismatches = await this.store.damage(this.nodes[0]!);
        return this.result;
    }

    private async run(perSecond: number): Promise<void> {
        const open = new Set<Promise<void>>();
        for (let turn = 0; this.running; turn++) {
            const request = this.request(turn).finally(() => open.delete(request));
            open.add(request);
            await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
        }
        await Promise.all(open);
    }

    private async request(turn: number): Promise<void> {
        this.result.requests++;
        const until = Date.now() + PATIENCE_MS;
        const write = turn % 2 === 0;
        const key = write ? `load-${this.number}-${turn}` : this.readable[turn % this.readable.length]!;
        // The same in every try: one that was given up may still arrive.
        const data = randomBytes(turn % 10 === 0 ? 300_000 : 2_000);
        for (let attempt = 0; ; attempt++) {
            const node = this.nodes[(turn + attempt) % this.nodes.length]!;
            try {
                if (write) {
                    await this.store.put(node, key, data, PATIENCE_WITH_ONE_NODE_MS);
                    this.readable.push(key);
                } else await this.read(node, key);
                const now = Date.now();
                this.result.longestGapMs = Math.max(this.result.longestGapMs, now - this.lastSuccess);
                this.lastSuccess = now;
                return;
            } catch (error) {
                if (attempt === 0) this.result.retried++;
                if ((error as Error).name === "TimeoutError") this.result.hung++;
                if (Date.now() > until) {
                    this.result.lost.push(`${write ? "PUT" : "GET"} ${turn}: ${(error as Error).name}`);
                    return;
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }
    }

    private async read(node: string, key: string): Promise<void> {
        const expected = this.store.written.get(key);
        if ((await this.store.get(node, key, undefined, PATIENCE_WITH_ONE_NODE_MS)) !== expected)
            throw new Error("other content");
    }
}
