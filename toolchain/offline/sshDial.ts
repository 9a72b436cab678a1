import * as fs from "node:fs";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnyAuthMethod, Client, type ConnectConfig, type ServerHostKeyAlgorithm, utils } from "ssh2";

/** Where and how to dial: the `connection` (or its `proxy`) of a remote Command, defaults filled in. */
export interface Connection {
    host: string;
    port: number;
    user: string;
    password?: string;
    privateKey?: string;
    privateKeyPassword?: string;
    hostKey?: string;
    agentSocketPath?: string;
    dialErrorLimit: number;
    /** Seconds; 0 means no limit. It covers the TCP connection only, as in Go's ssh package. */
    perDialTimeout: number;
    proxy?: Omit<Connection, "proxy">;
}

/** A server that takes the connection and then says nothing would hold the official provider for ever. */
const handshakeLimitMs = 120_000;

/** Go's order of preference. With a `hostKey` the provider (1.2.1) offers that key's own type alone; `ssh-rsa` then means SHA-1. */
const hostKeyOrder: ServerHostKeyAlgorithm[] = [
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "ssh-rsa",
    "ssh-ed25519",
];

/** Opens an SSH connection, through `proxy` if there is one. Every dial error is retried; a bad key file isn't. */
export async function dial(connection: Connection, log: (line: string) => void): Promise<Client> {
    const config = await sshConfig(connection);
    if (!connection.proxy) {
        return withRetries("Dial", connection.dialErrorLimit, log, async () =>
            handshake(await tcp(connection.host, connection.port, connection.perDialTimeout), config),
        );
    }
    const proxy = connection.proxy;
    try {
        const proxyConfig = await sshConfig(proxy);
        const bastion = await withRetries("Dial proxy", proxy.dialErrorLimit, log, async () =>
            handshake(await tcp(proxy.host, proxy.port, proxy.perDialTimeout), proxyConfig),
        );
        return await withRetries("Dial from proxy", connection.dialErrorLimit, log, async () =>
            handshake(await forward(bastion, connection.host, connection.port), config),
        );
    } catch (error) {
        throw new Error(`proxy: ${(error as Error).message}`);
    }
}

async function withRetries<T>(
    what: string,
    limit: number,
    log: (line: string) => void,
    attempt: () => Promise<T>,
): Promise<T> {
    let delayMs = 100;
    for (let tries = 0; ; tries++) {
        try {
            return await attempt();
        } catch (error) {
            if (limit > -1 && tries + 1 > limit) {
                throw new Error(`after ${tries} failed attempts: ${(error as Error).message}`);
            }
        }
        log(`${what} ${tries + 1}/${limit === -1 ? "inf" : limit} failed: retrying`);
        await sleep(delayMs);
        delayMs = Math.min(delayMs * 1.5, 5000);
    }
}

function tcp(host: string, port: number, seconds: number): Promise<net.Socket> {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ host, port });
        const timer =
            seconds > 0
                ? setTimeout(() => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)), seconds * 1000)
                : undefined;
        socket.once("connect", () => {
            clearTimeout(timer);
            socket.removeAllListeners("error");
            resolve(socket);
        });
        socket.once("error", (error) => {
            clearTimeout(timer);
            reject(new Error(error.message.startsWith("dial") ? error.message : `dial tcp: ${error.message}`));
        });
    });
}

function forward(bastion: Client, host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
        bastion.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
}

type Prepared = ConnectConfig & { expectedHostKey?: Buffer };

/** In Go's words. */
function inGo(message: string, { algorithms }: Prepared): string {
    if (!/no matching host key format/.test(message)) return message;
    return `ssh: no common algorithm for host key; we offered: ${JSON.stringify(algorithms?.serverHostKey)}`;
}

function handshake(sock: Duplex, config: Prepared): Promise<Client> {
    return new Promise((resolve, reject) => {
        const client = new Client();
        let wrongHostKey = false;
        client.once("ready", () => resolve(client));
        // Stays for the life of the connection: a broken one is reported by the session that it breaks.
        client.on("error", (error) => {
            sock.destroy();
            const reason = wrongHostKey ? "ssh: host key mismatch" : inGo(error.message, config);
            reject(new Error(`ssh: handshake failed: ${reason}`));
        });
        client.once("close", () => reject(new Error("ssh: handshake failed: EOF")));
        client.connect({
            ...config,
            sock: sock as net.Socket,
            hostVerifier: (key: Buffer) => {
                wrongHostKey = config.expectedHostKey !== undefined && !config.expectedHostKey.equals(key);
                return !wrongHostKey;
            },
        });
    });
}

async function sshConfig(connection: Connection): Promise<Prepared> {
    const username = connection.user;
    const auth: AnyAuthMethod[] = [];
    if (connection.privateKey !== undefined) {
        parsed("private key", connection.privateKey, connection.privateKeyPassword);
        auth.push({
            type: "publickey",
            username,
            key: connection.privateKey,
            passphrase: connection.privateKeyPassword,
        });
    }
    if (connection.password !== undefined) {
        const password = connection.password;
        auth.push({ type: "password", username, password });
        auth.push({
            type: "keyboard-interactive",
            username,
            prompt: (_name, _instructions, _lang, prompts, answer) => answer(prompts.map(() => password)),
        });
    }
    const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
    if (agent) {
        await mustAnswer(agent);
        auth.push({ type: "agent", username, agent });
    }
    const hostKey = connection.hostKey === undefined ? undefined : parsed("host key", connection.hostKey);
    return {
        username,
        authHandler: auth,
        readyTimeout: handshakeLimitMs,
        algorithms: { serverHostKey: hostKey ? [hostKey.type as ServerHostKeyAlgorithm] : hostKeyOrder },
        expectedHostKey: hostKey?.getPublicSSH(),
    };
}

function parsed(what: string, text: string, passphrase?: string) {
    const key = utils.parseKey(text, passphrase);
    if (key instanceof Error) {
        throw new Error(`failed to parse ${what}: ${key.message}`);
    }
    return key;
}

/** A dead agent is an error even where another key would do. */
function mustAnswer(agent: string): Promise<void> {
    return new Promise((resolve, reject) => {
        if (!fs.existsSync(agent)) {
            reject(new Error(`dial unix ${agent}: connect: no such file or directory`));
            return;
        }
        const socket = net.connect(agent, () => {
            socket.destroy();
            resolve();
        });
        socket.once("error", (error) => reject(new Error(`dial unix ${agent}: ${error.message}`)));
    });
}
