import { createPublicKey } from "node:crypto";

const MAGIC = "openssh-key-v1\0";

/** What is wrong with a text, in words that don't hold it. */
export interface Fault {
    what: string;
    todo: string;
}

/**
 * Why a private key can't open a connection; nothing where it may. By what Pulumi's command provider (Go's ssh package) takes: it would only be
 * known when a host is dialled, in words that don't help.
 */
export function keyFault(text: string, hasPassword: boolean): Fault | undefined {
    const key = text.trim();
    if (/^PuTTY-User-Key-File/.test(key))
        return { what: "is a key in PuTTY's format", todo: "Convert it: puttygen key.ppk -O private-openssh -o key" };
    if (/^(ssh|ecdsa|sk)-\S+ AAAA/.test(key))
        return { what: "is a public key", todo: "Give the private one, the file without .pub" };
    const head = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----/.exec(key);
    if (!head) return { what: "is no private key", todo: "Give the content of the file, not its name" };
    if (!/^-----BEGIN [A-Z0-9 ]*-----\r?\n/.test(key))
        return {
            what: "has lost its line breaks",
            todo: "Give the file as it is: `pulumi config set --secret privateKey < FILE`; in an environment variable or in JSON a \\n must become a line break again",
        };
    if (!/\r?\n-----END [A-Z0-9 ]*PRIVATE KEY-----$/.test(key))
        return { what: "ends before its last line (-----END …)", todo: "Give the whole file" };
    if (head[1] === "ENCRYPTED ")
        return {
            what: "is encrypted in a way (PKCS #8) that Pulumi's SSH doesn't know",
            todo: "Write it anew in OpenSSH's format: ssh-keygen -p -f FILE",
        };
    const encrypted = isEncrypted(key, head[1]!);
    if (encrypted === undefined || encrypted === hasPassword) return undefined;
    return encrypted
        ? { what: "is encrypted, and no privateKeyPassword is given", todo: "Give its password, or a key without one" }
        : { what: "isn't encrypted, yet privateKeyPassword is given", todo: "Take the password out" };
}

/** Undefined where it can't be told: the body isn't what it should be (a test's key, say). */
function isEncrypted(key: string, kind: string): boolean | undefined {
    if (kind !== "OPENSSH ") return /^Proc-Type: 4,ENCRYPTED/m.test(key);
    const body = Buffer.from(key.split("\n").slice(1, -1).join(""), "base64");
    if (body.subarray(0, MAGIC.length).toString("latin1") !== MAGIC || body.length < MAGIC.length + 4) return undefined;
    const length = body.readUInt32BE(MAGIC.length);
    return body.subarray(MAGIC.length + 4, MAGIC.length + 4 + length).toString("latin1") !== "none";
}

/** With `hostKey` the provider offers that key's own type only; `ssh-rsa` means SHA-1 there, which hosts of today refuse. */
export function hostKeyFault(line: string): Fault | undefined {
    const type = line.trim().split(" ")[0]!;
    if (type !== "ssh-rsa" && type !== "ssh-dss") return undefined;
    return {
        what: `of type ${type} never connects: Pulumi's SSH would ask for an old signature (SHA-1) that hosts of today refuse`,
        todo: "Take a line that `ssh-keyscan -t ed25519,ecdsa HOST` prints, without the host's name at its beginning",
    };
}

/** The line for authorized_keys of a private key without a password. */
export function publicHalf(text: string): string {
    const key = text.trim();
    const blob = key.startsWith("-----BEGIN OPENSSH")
        ? openSshBlob(key)
        : wireOf(createPublicKey(key).export({ format: "jwk" }));
    return `${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1")} ${blob.toString("base64")}`;
}

/** Behind cipher, key derivation, its options, and the count of keys; never encrypted. */
function openSshBlob(key: string): Buffer {
    const body = Buffer.from(key.split("\n").slice(1, -1).join(""), "base64");
    let at = MAGIC.length;
    const next = () => {
        const from = at + 4;
        at = from + body.readUInt32BE(at);
        return body.subarray(from, at);
    };
    for (let skipped = 0; skipped < 3; skipped++) next();
    at += 4;
    return next();
}

/** As SSH writes a key: its parts, each behind its length; a number's first bit is its sign. */
function wireOf({ kty, crv, n, e, x, y }: JsonWebKey): Buffer {
    const bytes = (text = "") => Buffer.from(text, "base64url");
    const number = (text?: string) =>
        bytes(text)[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes(text)]) : bytes(text);
    const curve = `nistp${crv?.slice(2)}`;
    const parts =
        kty === "RSA"
            ? [Buffer.from("ssh-rsa"), number(e), number(n)]
            : kty === "EC"
              ? [
                    Buffer.from(`ecdsa-sha2-${curve}`),
                    Buffer.from(curve),
                    Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]),
                ]
              : [Buffer.from("ssh-ed25519"), bytes(x)];
    return Buffer.concat(
        parts.flatMap((part) => {
            const length = Buffer.alloc(4);
            length.writeUInt32BE(part.length);
            return [length, part];
        }),
    );
}
