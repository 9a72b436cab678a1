import { type AddressInfo, connect } from "node:net";
import { type Connection, Server, type ServerChannel, utils } from "ssh2";
import { SftpFiles } from "./sftpFiles";

/** What the scripted host was asked to do. */
export interface Ran {
    command: string;
    stdin: string;
    environment: Record<string, string>;
}

type Script = (channel: ServerChannel, ran: Ran, connection: Connection) => void | Promise<void>;

/** Once in a while ssh2 makes a pair that it can't read itself. */
function readable(make: () => { private: string; public: string }) {
    for (;;) {
        const keys = make();
        if (!(utils.parseKey(keys.private) instanceof Error)) return keys;
    }
}

const hostKeys = readable(() => utils.generateKeyPairSync("ed25519"));
/** Asked for first by who names no type. */
const ecdsaKeys = readable(() => utils.generateKeyPairSync("ecdsa", { bits: 256 }));
const userKeys = readable(() => utils.generateKeyPairSync("ed25519"));

export const otherHostKey = utils.generateKeyPairSync("ed25519").public.trim();
export const rsaHostKey = utils.generateKeyPairSync("rsa", { bits: 2048 }).public.trim();
export const privateKey = userKeys.private;

/**
 * An sshd that runs nothing: it notes each command and answers as `scripts` says, by the first word of the command.
 * A word it has no script for is answered with the command itself, and success.
 */
export class ScriptedSshd {
    readonly hostKey = hostKeys.public.trim();
    readonly ecdsaHostKey = ecdsaKeys.public.trim();
    readonly ran: Ran[] = [];
    readonly files = new SftpFiles();
    /** TCP connections so far, refused ones too. */
    connections = 0;
    /** When each of them came, in milliseconds. */
    readonly arrivals: number[] = [];
    /** Connections that are open now. */
    open = 0;
    /** Connections that were let through to another host. */
    forwarded = 0;
    acceptEnvironment = false;
    private readonly clients = new Set<Connection>();

    private readonly server: Server;

    /** `identity`: the keys of the host, and who is let in. */
    constructor(
        readonly scripts: Record<string, Script> = {},
        private readonly identity = {
            hostKeys: [ecdsaKeys.private, hostKeys.private],
            user: "tester",
            key: userKeys.public,
        },
    ) {
        this.server = new Server({ hostKeys: identity.hostKeys }, (client) => this.serve(client));
        this.server.on("error", () => undefined);
    }

    async listen(port = 0, address = "127.0.0.1"): Promise<void> {
        await new Promise<void>((resolve) => this.server.listen(port, address, resolve));
    }

    async close(): Promise<void> {
        for (const client of this.clients) {
            client.end();
        }
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    get connection() {
        return { host: "127.0.0.1", port: this.port, user: "tester", privateKey, hostKey: this.hostKey };
    }

    commands(): string[] {
        return this.ran.map((each) => each.command);
    }

    /** Forgets what was asked so far. */
    forget(): void {
        this.ran.length = 0;
        this.connections = 0;
        this.forwarded = 0;
    }

    private serve(client: Connection): void {
        this.connections++;
        this.arrivals.push(Date.now());
        this.open++;
        this.clients.add(client);
        client.on("error", () => undefined);
        client.on("close", () => {
            this.open--;
            this.clients.delete(client);
        });
        client.on("authentication", (attempt) => {
            const known = utils.parseKey(this.identity.key);
            const fits =
                attempt.method === "publickey" &&
                !(known instanceof Error) &&
                attempt.username === this.identity.user &&
                known.getPublicSSH().equals(attempt.key.data) &&
                (!attempt.signature || known.verify(attempt.blob!, attempt.signature, attempt.hashAlgo));
            return fits ? attempt.accept() : attempt.reject(["publickey"]);
        });
        client.on("tcpip", (accept, _reject, info) => {
            this.forwarded++;
            const channel = accept();
            const socket = connect(info.destPort, info.destIP);
            socket.on("error", () => channel.close());
            channel.pipe(socket).pipe(channel);
        });
        client.on("session", (acceptSession) => {
            const environment: Record<string, string> = {};
            const session = acceptSession();
            this.files.serve(session);
            session.on("env", (accept, reject, info) => {
                if (this.acceptEnvironment) {
                    environment[info.key] = (info as unknown as { val: string }).val;
                }
                (this.acceptEnvironment ? accept : reject)?.();
            });
            session.on("exec", (accept, _reject, { command }) => {
                const channel = accept();
                let stdin = "";
                channel.on("data", (chunk: Buffer) => {
                    stdin += chunk;
                });
                channel.once("end", () => {
                    const ran = { command, stdin, environment };
                    this.ran.push(ran);
                    const script = this.scripts[command.split(" ")[0]!];
                    (script ?? answer(`${command}\n`))(channel, ran, client);
                });
            });
        });
    }
}

/** Prints and ends with success, or with the given code. */
export function answer(stdout: string, stderr = "", code = 0): Script {
    return (channel) => {
        channel.write(stdout);
        channel.stderr.write(stderr);
        channel.exit(code);
        channel.end();
    };
}
