import { deepStrictEqual, strictEqual } from "node:assert";
import { CHECKSUMS } from "../../../sdk/garage/checksums";
import { downloads, uploadedTo } from "../../../sdk/garage/download";
import { spec } from "../support";

const OFFICIAL = "https://garagehq.deuxfleurs.fr/_releases";
const [A, B] = ["a".repeat(64), "b".repeat(64)];

describe("downloads", () => {
    it("come from Garage's own site", () => {
        deepStrictEqual(downloads(spec()), [
            { arch: "x86_64", url: `${OFFICIAL}/v2.5.0/x86_64-unknown-linux-musl/garage` },
            { arch: "aarch64", url: `${OFFICIAL}/v2.5.0/aarch64-unknown-linux-musl/garage` },
        ]);
    });

    it("carry the checksum where it is known, from a mirror too", () => {
        const [x86, arm] = downloads(spec({ version: "2.1.0", binary: { baseUrl: "http://mirror.example.org/g/" } }));
        strictEqual(x86!.url, "http://mirror.example.org/g/v2.1.0/x86_64-unknown-linux-musl/garage");
        strictEqual(x86!.sha256, CHECKSUMS["2.1.0"]!.x86_64);
        strictEqual(arm!.sha256, CHECKSUMS["2.1.0"]!.aarch64);
    });

    it("take a URL of its own for one architecture, without the official checksum", () => {
        const binary = { url: { aarch64: "https://example.org/garage-arm" } };
        deepStrictEqual(downloads(spec({ version: "2.1.0", binary }))[1], {
            arch: "aarch64",
            url: "https://example.org/garage-arm",
        });
    });

    it("prefer the user's checksum, in lower case", () => {
        const binary = { sha256: { x86_64: A!.toUpperCase(), aarch64: B } };
        deepStrictEqual(
            downloads(spec({ version: "2.1.0", binary })).map(({ sha256 }) => sha256),
            [A, B],
        );
    });

    it("name the uploaded file where there is one, by its content", () => {
        const binary = { ...spec().binary, path: { x86_64: "bin/garage" }, sha256: { x86_64: A! } };
        deepStrictEqual(downloads({ version: "2.5.0", binary })[0], {
            arch: "x86_64",
            url: `file:///var/tmp/garage-x86_64-${"a".repeat(16)}`,
            sha256: A,
        });
        strictEqual(uploadedTo("x86_64", A!), `/var/tmp/garage-x86_64-${"a".repeat(16)}`);
    });

    it("know checksums of 64 hex digits, no two of them the same", () => {
        const all = Object.values(CHECKSUMS).flatMap((each) => [each.x86_64, each.aarch64]);
        strictEqual(new Set(all).size, all.length);
        strictEqual(
            all.every((each) => /^[0-9a-f]{64}$/.test(each)),
            true,
        );
    });
});
