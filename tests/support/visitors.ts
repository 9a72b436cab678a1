import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Store } from "./store";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const HUNG_MS = 3_000;
const KNOCK_EVERY_MS = 50;
/** Answered by every server of Garage, if only with a refusal; the connection stays. */
const REQUEST = "GET /health HTTP/1.1\r\nHost: nobody\r\n\r\n";

/** Connections that have asked once and then stay, idle, as the pool of every SDK has them. */
export class Idlers {
    private readonly sockets: Socket[] = [];
    /** How many have been hung up on. */
    closed = 0;

    static async at(address: string, ports: number[]): Promise<Idlers> {
        const idlers = new Idlers();
        await Promise.all(ports.map((port) => idlers.open(address, port)));
        return idlers;
    }

    get all(): number {
        return this.sockets.length;
    }

    leave(): void {
        for (const socket of this.sockets) socket.destroy();
    }

    private open(address: string, port: number): Promise<void> {
        const socket = connect(port, address);
        this.sockets.push(socket);
        return new Promise((resolve, reject) => {
            socket.once("data", () => resolve());
            socket.on("error", reject);
            socket.once("close", () => this.closed++);
            socket.write(REQUEST);
        });
    }
}

export type Knock = "open" | "reset" | "refused" | "hung";

/** Knocks at a port again and again, each time with a new connection. */
export class Door {
    /** What came of it, in order. */
    readonly knocks: Knock[] = [];
    private watching = true;
    private readonly done: Promise<unknown>;

    private constructor(
        private readonly address: string,
        private readonly port: number,
    ) {
        this.done = this.watch();
    }

    static at(address: string, port: number): Door {
        return new Door(address, port);
    }

    /** Waits until a knock came to this. */
    async until(knock: Knock): Promise<void> {
        for (let from = this.knocks.length; !this.knocks.includes(knock, from); ) await sleep(KNOCK_EVERY_MS);
    }

    async leave(): Promise<void> {
        this.watching = false;
        await this.done;
    }

    private async watch(): Promise<void> {
        const open: Promise<void>[] = [];
        while (this.watching) {
            open.push(this.knock().then((knock) => void this.knocks.push(knock)));
            await sleep(KNOCK_EVERY_MS);
        }
        await Promise.all(open);
    }

    private knock(): Promise<Knock> {
        const socket = connect(this.port, this.address);
        return new Promise<Knock>((resolve) => {
            socket.once("data", () => resolve("open"));
            socket.on("error", (error: NodeJS.ErrnoException) =>
                resolve(error.code === "ECONNREFUSED" ? "refused" : "reset"),
            );
            socket.setTimeout(HUNG_MS, () => resolve("hung"));
            socket.write(REQUEST);
        }).finally(() => socket.destroy());
    }
}

/** What was begun, and its end; one that fails before it begins has begun too. */
export function underWay<T>(work: (begun: () => void) => Promise<T>): { begun: Promise<unknown>; done: Promise<T> } {
    let done!: Promise<T>;
    const begun = new Promise<void>((resolve) => {
        done = work(resolve);
        done.catch(() => resolve());
    });
    return { begun, done };
}

/** Reads an object over so many seconds; its checksum. `begun`: the first of it is there. */
export async function slowDownload(
    store: Store,
    node: string,
    key: string,
    seconds: number,
    begun: () => void,
): Promise<string> {
    const client = store.client(node);
    try {
        const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: store.bucket, Key: key }));
        const hash = createHash("sha256");
        for await (const part of Body as Readable) {
            begun();
            hash.update(part);
            await sleep((part.length / ContentLength!) * seconds * 1000);
        }
        return hash.digest("hex");
    } finally {
        client.destroy();
    }
}

/** Writes an object in four pieces, with pauses that come to so many seconds. `begun`: the first is on its way. */
export async function slowUpload(
    store: Store,
    node: string,
    key: string,
    seconds: number,
    begun: () => void,
): Promise<void> {
    const data = randomBytes(4_000_000);
    const client = store.client(node);
    async function* pieces() {
        for (let at = 0; at < data.length; at += 1_000_000) {
            if (at > 0) begun();
            if (at > 0) await sleep((seconds * 1000) / 3);
            yield data.subarray(at, at + 1_000_000);
        }
    }
    try {
        const target = { Bucket: store.bucket, Key: key, ContentLength: data.length };
        await client.send(new PutObjectCommand({ ...target, Body: Readable.from(pieces()) }));
        store.written.set(key, createHash("sha256").update(data).digest("hex"));
    } finally {
        client.destroy();
    }
}
