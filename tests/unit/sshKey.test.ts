import { deepStrictEqual, match, strictEqual } from "node:assert";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { utils } from "ssh2";
import { keyFault, publicHalf } from "../../sdk/sshKey";

const openssh = utils.generateKeyPairSync("ed25519").private;
const locked = utils.generateKeyPairSync("ed25519", { passphrase: "secret", cipher: "aes256-ctr", rounds: 4 }).private;
const pem = (type: "pkcs1" | "pkcs8", encrypted = false) =>
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
        type,
        format: "pem",
        ...(encrypted ? { cipher: "aes-256-cbc", passphrase: "secret" } : {}),
    }) as string;

const GOOD: [what: string, key: string, hasPassword: boolean][] = [
    ["OpenSSH's format", openssh, false],
    ["OpenSSH's format, encrypted, with its password", locked, true],
    ["PEM of RSA", pem("pkcs1"), false],
    ["PEM of RSA, encrypted, with its password", pem("pkcs1", true), true],
    ["PKCS #8", pem("pkcs8"), false],
    ["line ends of Windows", openssh.replace(/\n/g, "\r\n"), false],
    [
        "a test's, whose body is nothing",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n",
        false,
    ],
    ["blank lines around it", `\n${openssh}\n\n`, false],
];

const BAD: [what: string, key: string, hasPassword: boolean, fault: RegExp][] = [
    ["a file's name", "~/.ssh/id_ed25519", false, /is no private key.*content of the file/],
    ["a public key", utils.generateKeyPairSync("ed25519").public, false, /is a public key/],
    ["PuTTY's format", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", false, /PuTTY.*puttygen/],
    ["line breaks written out", openssh.replace(/\n/g, "\\n"), false, /has lost its line breaks/],
    ["spaces for line breaks", openssh.replace(/\n/g, " "), false, /has lost its line breaks/],
    ["nothing for line breaks", openssh.replace(/\n/g, ""), false, /has lost its line breaks/],
    ["a part of it", openssh.slice(0, 200), false, /ends before its last line/],
    ["an encrypted one without a password", locked, false, /is encrypted, and no privateKeyPassword/],
    ["an encrypted PEM without a password", pem("pkcs1", true), false, /is encrypted, and no privateKeyPassword/],
    ["an encrypted PKCS #8", pem("pkcs8", true), true, /PKCS #8.*ssh-keygen -p/],
    ["a password too many", openssh, true, /isn't encrypted, yet/],
];

describe("a private key", () => {
    for (const [what, key, hasPassword] of GOOD)
        it(`is let through: ${what}`, () => deepStrictEqual(keyFault(key, hasPassword), undefined));

    for (const [what, key, hasPassword, expected] of BAD)
        it(`is refused, without a word of it: ${what}`, () => {
            const fault = keyFault(key, hasPassword);
            const said = `${fault?.what}. ${fault?.todo}`;
            match(said, expected);
            for (const line of key.split(/\\n|\s/).filter((each) => each.length > 20))
                strictEqual(said.includes(line), false);
        });
});

describe("the public half of a private key", () => {
    const ec = (namedCurve: string) =>
        generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "pem" }) as string;
    const edwards = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const known = (key: string) => {
        const parsed = utils.parseKey(key);
        if (parsed instanceof Error || Array.isArray(parsed)) throw new Error("not parsed");
        return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
    };
    for (const [what, key] of [
        ["OpenSSH's format", openssh],
        ["OpenSSH's format, with line ends of Windows", openssh.replace(/\n/g, "\r\n")],
        ["OpenSSH's format, of ECDSA", utils.generateKeyPairSync("ecdsa", { bits: 384 }).private],
        ["PEM of RSA", pem("pkcs1")],
        ["PEM of ECDSA", ec("prime256v1")],
        ["PEM of ECDSA, 521 bits", ec("secp521r1")],
    ] as const)
        it(`is found in ${what}`, () => strictEqual(publicHalf(key), known(key)));

    it("is found in PKCS #8, of RSA and of Ed25519", () => {
        const key = pem("pkcs8");
        strictEqual(publicHalf(key), known(createPrivateKey(key).export({ type: "pkcs1", format: "pem" }) as string));
        const { x } = createPrivateKey(edwards).export({ format: "jwk" });
        const blob = Buffer.from(publicHalf(edwards).split(" ")[1]!, "base64");
        strictEqual(blob.subarray(-32).toString("base64url"), x);
        match(publicHalf(edwards), /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI/);
    });
});
