import { holdsOutput, showKind } from "../showValue";
import { hostKeyFault, keyFault } from "../sshKey";
import { flows, join, missing, type Reader } from "./reader";
import { ANY_LINE, HOST } from "./rules";

const KEY = {
    allowed: "a private key in PEM or OpenSSH format, the text itself",
    todo: "Give the content of the file, not its name",
};

const HOST_KEY = {
    pattern: /^\s*[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\n]*)?\s*$/,
    longest: 4096,
    allowed: 'one line as in authorized_keys, of an Ed25519 or ECDSA key: "ssh-ed25519 AAAA…"',
    todo: "Take a line that `ssh-keyscan -t ed25519,ecdsa HOST` prints, without the host's name at its beginning",
};

/** Reads `ssh` or its `proxy` (`of`: the path in optionClass.ts). */
export function readSsh(reader: Reader, at: string, value: unknown, of: string): void {
    const ssh = reader.options(at, value, of);
    if (!ssh) return;
    if (missing(ssh.host)) {
        reader.complain(join(at, "host"), {
            given: "Nothing",
            what: "is given",
            allowed: HOST.allowed,
            todo: "Add it",
        });
    }
    reader.input(join(at, "host"), ssh.host, HOST);
    if (!flows(ssh.port)) reader.integer(join(at, "port"), ssh.port, 1, 65535, "a port");
    const user = { pattern: /^[A-Za-z0-9_][A-Za-z0-9._@\\-]*$/, allowed: "a login name", todo: "Write it alone" };
    // On a host it decides whether lines run under sudo, which is in what the preview shows; a bastion runs none.
    if (of === "nodes.*.ssh") reader.text(join(at, "user"), ssh.user, user);
    else reader.input(join(at, "user"), ssh.user, user);
    readKey(reader, join(at, "privateKey"), ssh.privateKey, !missing(ssh.privateKeyPassword));
    const password = { pattern: /^[\s\S]+$/, longest: 4096, allowed: "a text", todo: "Write a text or leave it out" };
    reader.input(join(at, "privateKeyPassword"), ssh.privateKeyPassword, { ...password, secret: true });
    reader.input(join(at, "agentSocketPath"), ssh.agentSocketPath, {
        ...ANY_LINE,
        todo: "Write the path of the socket, as `echo $SSH_AUTH_SOCK` prints it, or leave it out",
    });
    readHostKey(reader, join(at, "hostKey"), ssh.hostKey);
    if (of === "nodes.*.ssh" && !missing(ssh.proxy)) readSsh(reader, join(at, "proxy"), ssh.proxy, "nodes.*.ssh.proxy");
}

/** A private key, whatever it opens. */
export function readKey(reader: Reader, path: string, value: unknown, hasPassword: boolean): void {
    const fault = typeof value === "string" && !holdsOutput(value) ? keyFault(value, hasPassword) : undefined;
    if (!fault) {
        reader.input(path, value, { ...KEY, pattern: /^/, longest: 65536, secret: true });
        return;
    }
    reader.complain(path, {
        given: showKind(value),
        what: `${fault.what} (not shown: it may be a secret)`,
        allowed: KEY.allowed,
        todo: fault.todo,
    });
}

function readHostKey(reader: Reader, path: string, value: unknown): void {
    const line = reader.input(path, value, HOST_KEY);
    const fault = line === undefined ? undefined : hostKeyFault(line);
    if (fault) reader.complain(path, { given: "A public key", ...fault, allowed: HOST_KEY.allowed });
}
