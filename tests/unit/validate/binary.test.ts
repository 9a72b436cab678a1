import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generationId } from "../../../sdk/garage/generation";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { goodArgs, spec } from "../support";

const check = (binary: unknown) => validateArgs(goodArgs({ binary }));

/** The head of an ELF file for a machine: 0x3e is x86_64, 0xb7 aarch64. */
function elf(machine: number, rest = "garage"): Buffer {
    const head = Buffer.alloc(20);
    head.write("\x7fELF", "latin1");
    head[18] = machine;
    return Buffer.concat([head, Buffer.from(rest)]);
}

describe("binary", () => {
    let dir: string;
    const file = (name: string, content: Buffer) => {
        const path = join(dir, name);
        writeFileSync(path, content);
        return path;
    };
    before(() => {
        dir = mkdtempSync(join(tmpdir(), "args-binary-"));
    });
    after(() => rmSync(dir, { recursive: true }));

    it("takes the checksum of a file from its content, so that other bytes roll the cluster", () => {
        const path = file("x86", elf(0x3e));
        const first = spec({ binary: { path: { x86_64: path } } });
        strictEqual(first.binary.sha256.x86_64, createHash("sha256").update(elf(0x3e)).digest("hex"));
        writeFileSync(path, elf(0x3e, "other bytes"));
        notStrictEqual(generationId(spec({ binary: { path: { x86_64: path } } })), generationId(first));
    });

    it("refuses a file of another architecture, no program, no file, another checksum", () => {
        const rows: [unknown, string, RegExp][] = [
            [{ path: { x86_64: file("arm", elf(0xb7)) } }, "binary.path.x86_64", /is a program for aarch64/],
            [
                { path: { aarch64: file("text", Buffer.from("#!/bin/sh")) } },
                "binary.path.aarch64",
                /is no program for Linux/,
            ],
            [{ path: { x86_64: file("empty", Buffer.alloc(0)) } }, "binary.path.x86_64", /is no program/],
            [{ path: { x86_64: join(dir, "nowhere") } }, "binary.path.x86_64", /can't be read \(ENOENT\)/],
            [{ path: { x86_64: dir } }, "binary.path.x86_64", /can't be read \(EISDIR\)/],
            [
                { path: { x86_64: file("good", elf(0x3e)) }, sha256: { x86_64: "0".repeat(64) } },
                "binary.path.x86_64",
                /is another file than binary\.sha256\.x86_64 says/,
            ],
        ];
        for (const [binary, path, message] of rows) {
            const { problems } = check(binary);
            deepStrictEqual(
                problems.map((each) => each.path),
                [path],
            );
            match(problems[0]!.message, message);
        }
    });

    const rows: [string, unknown, string, RegExp][] = [
        [
            "a URL with a password",
            { baseUrl: "https://u:hunter2@example.org" },
            "binary.baseUrl",
            /^A URL with a user or a password/,
        ],
        [
            "a URL with a quote",
            { url: { x86_64: "https://example.org/'$(id)'" } },
            "binary.url.x86_64",
            /can't be used here/,
        ],
        ["a URL that is none", { baseUrl: "mirror" }, "binary.baseUrl", /an http, https or file:\/\/\/ URL/],
        [
            "a URL of another kind",
            { baseUrl: "ftp://example.org" },
            "binary.baseUrl",
            /an http, https or file:\/\/\/ URL/,
        ],
        ["a checksum that is too short", { sha256: { x86_64: "abc" } }, "binary.sha256.x86_64", /64 hex digits/],
        [
            "another name of an architecture",
            { url: { arm64: "https://x" } },
            "binary.url.arm64",
            /Did you mean aarch64/,
        ],
        [
            "a file's name in two lines",
            { path: { x86_64: "a\nb" } },
            "binary.path.x86_64",
            /\. Name a file on the machine/,
        ],
        ["one text for all architectures", { path: "bin/garage" }, "binary.path", /a map of options/],
    ];
    for (const [what, binary, path, message] of rows)
        it(`refuses ${what}`, () => {
            const { problems } = check(binary);
            deepStrictEqual(
                problems.map((each) => each.path),
                [path],
            );
            match(problems[0]!.message, message);
            strictEqual(problems[0]!.message.includes("hunter2"), false);
        });

    it("warns of http without a checksum", () => {
        match(check({ baseUrl: "http://mirror.example.org" }).warnings[0]!, /x86_64 and aarch64 comes over http/);
        const sha256 = { x86_64: "a".repeat(64), aarch64: "b".repeat(64) };
        deepStrictEqual(check({ baseUrl: "http://mirror.example.org", sha256 }).warnings, []);
    });
});
