import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import {
    DeleteObjectCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Hosts } from "./bed";

const sha = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/**
 * A server that stops may answer and hang up while a body is still being sent. Node's own agent then leaves the socket's error
 * without a listener (a TODO in its lib/_http_agent.js), which ends the process; the request has its answer already.
 */
class PatientAgent extends Agent {
    override createConnection(...words: Parameters<Agent["createConnection"]>): Duplex | null | undefined {
        const socket = super.createConnection(...words);
        socket?.on("error", () => {});
        return socket;
    }
}

const REQUEST_MS = 20_000;
const TRIES = 8;

/** Ends a request that hangs, headers or body, with a TimeoutError. */
async function limited<T>(ms: number, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(ms);
    const late = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return Promise.race([request(signal), late]);
}

/**
 * Asks again where a request hung, as a client does: of a host that died without a word the others learn after 75 s, and a
 * request that waits for it hangs for five minutes (DEFAULT_TIMEOUT in Garage's rpc_helper.rs). Other errors count at once.
 */
export async function insistently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await request();
        } catch (error) {
            if ((error as Error).name !== "TimeoutError" || attempt === TRIES) throw error;
        }
    }
}

/** A bucket on a real cluster, through a real S3 client, that remembers the checksum of all that was written. */
export class Store {
    readonly written = new Map<string, string>();
    private constructor(
        readonly bucket: string,
        readonly keyId: string,
        readonly secret: string,
        private readonly bed: Hosts,
        private readonly s3Port: number,
    ) {}

    /** Makes bucket and key on one host, by its own command line. */
    static async make(
        bed: Hosts,
        node: string,
        bucket = "test",
        s3Port = 3900,
        garage = "garage-manage",
    ): Promise<Store> {
        const version = await bed.sh(node, `${garage} --version`);
        const series07or08 = /\b0\.[78]\./.test(version);
        const create = series07or08 ? `key new --name ${bucket}` : `key create ${bucket}`;
        const text = await bed.sh(
            node,
            `${garage} bucket create ${bucket} >&2; ${garage} ${create}; ${garage} bucket allow --read --write --owner ${bucket} --key ${bucket} >&2`,
        );
        const keyId = /Key ID: *(\S+)/.exec(text)![1]!;
        const secret = /Secret key: *(\S+)/.exec(text)![1]!;
        return new Store(bucket, keyId, secret, bed, s3Port);
    }

    /** A client of one node; it tries once, so that a test sees every failure. */
    client(node: string): S3Client {
        return new S3Client({
            // Asked anew each time: a host that was made again may be at another address, and its old one somebody else's.
            endpoint: `http://${this.bed.hosts[node]!.address}:${this.s3Port}`,
            region: "garage",
            forcePathStyle: true,
            credentials: { accessKeyId: this.keyId, secretAccessKey: this.secret },
            maxAttempts: 1,
            requestHandler: { httpAgent: new PatientAgent({ keepAlive: true }) },
            requestChecksumCalculation: "WHEN_REQUIRED",
            responseChecksumValidation: "WHEN_REQUIRED",
        });
    }

    /** A client for some requests, whose connections are closed afterwards, however they end. */
    private async through<T>(node: string, work: (client: S3Client) => Promise<T>): Promise<T> {
        const client = this.client(node);
        try {
            return await work(client);
        } finally {
            client.destroy();
        }
    }

    /** Writes an object through one node: in one request, or in parts of 5 MiB from 10 MiB on. */
    async put(node: string, key: string, data: Uint8Array | number, ms = REQUEST_MS): Promise<void> {
        const body = typeof data === "number" ? randomBytes(data) : data;
        const target = { Bucket: this.bucket, Key: key, Body: body };
        await this.through(node, (client) =>
            limited(ms, async (abortSignal) => {
                if (body.length >= 10 * 1024 * 1024)
                    await new Upload({ client, params: target, partSize: 5 * 1024 * 1024 }).done();
                else await client.send(new PutObjectCommand(target), { abortSignal });
            }),
        );
        this.written.set(key, sha(body));
    }

    async delete(node: string, key: string): Promise<void> {
        await this.through(node, (client) => client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })));
        this.written.delete(key);
    }

    /** The checksum of what a node gives for a key; `shared` is a client that stays connected. */
    async get(node: string, key: string, shared?: S3Client, ms = REQUEST_MS): Promise<string> {
        const read = (client: S3Client) =>
            limited(ms, async (abortSignal) => {
                const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
                const { Body } = await client.send(command, { abortSignal });
                return sha(await Body!.transformToByteArray());
            });
        return shared ? read(shared) : this.through(node, read);
    }

    async list(node: string): Promise<string[]> {
        const command = new ListObjectsV2Command({ Bucket: this.bucket, MaxKeys: 1000 });
        const { Contents } = await this.through(node, (client) => client.send(command));
        return (Contents ?? []).map((object) => object.Key!);
    }

    /** Reads everything (or some keys) back through a node; what is missing or differs, by key. Empty: every object is intact. */
    async damage(node: string, keys = [...this.written.keys()]): Promise<string[]> {
        const bad: string[] = [];
        const left = [...keys];
        const reader = async (client: S3Client) => {
            for (let key = left.pop(); key !== undefined; key = left.pop()) {
                const checksum = this.written.get(key);
                const read = () => this.get(node, key, client);
                const seen = await insistently(read).catch((error: Error) => error.name);
                if (seen !== checksum) bad.push(`${key}: ${seen}`);
            }
        };
        await this.through(node, (client) => Promise.all(Array.from({ length: 8 }, () => reader(client))));
        return bad;
    }

    /** Every object is there as it was written, through each of these nodes, or through all. */
    async intact(nodes = Object.keys(this.bed.hosts)): Promise<void> {
        for (const node of nodes) assert.deepEqual(await this.damage(node), [], node);
    }

    /** One of each size that matters: empty-ish, inlined, one block, several blocks, multipart. */
    async fill(node: string, sizes = [1, 100, 3_000, 70_000, 1_048_576, 3_500_000]): Promise<void> {
        for (const [index, size] of sizes.entries()) await this.put(node, `object-${index}-${size}`, size);
    }
}
