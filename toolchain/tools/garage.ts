import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKSUMS } from "../../sdk/garage/checksums";
import { OFFICIAL_BASE_URL } from "../../sdk/garage/download";
import { run, tryRun, which, withProgress } from "../shell";
import { cacheDir, cached, type Found, ownScratch, prebuilt, sha256, type Way } from "./cache";
import { download, reachable } from "./network";
import { rust, sodium } from "./rust";

/** The releases that `npm test` runs. */
export const QUICK_RELEASES = ["0.8.7", "0.9.4", "1.2.0", "1.3.0", "2.5.0"];

/** The releases that all tests together run. */
export const TESTED_RELEASES = ["0.7.0", "0.8.6", "0.8.7", "0.9.3", "0.9.4", "1.2.0", "1.3.0", "2.4.0", "2.5.0"];

const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
const target = `${arch}-unknown-linux-musl`;

/** Laid out like the official site, so that it can stand in for it as `binary.baseUrl`. */
export const mirrorDir = () => join(cacheDir(), "garage");

/** `garage v1.3.0 [features…]`, `garage cargo:1.3.0 […]` or, from 0.7.0, `garage 0.7.0`. */
async function isRelease(file: string, version: string): Promise<boolean> {
    const { code, stdout } = await tryRun(file, ["--version"]);
    return code === 0 && /^garage (?:\S+:)?v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1] === version;
}

function installed(version: string): Way {
    return {
        origin: "found on this machine",
        make: async (file) => {
            const path = which("garage");
            if (!path || !(await isRelease(path, version))) return false;
            copyFileSync(path, file);
            return true;
        },
    };
}

function official(version: string): Way {
    return {
        origin: "official download",
        make: async (file) => {
            if (!(await download(`${OFFICIAL_BASE_URL}/v${version}/${target}/garage`, file))) return false;
            const [got, wanted] = [await sha256(file), CHECKSUMS[version]?.[arch]];
            if (wanted && got !== wanted) throw new Error(`SHA-256 is ${got}, not ${wanted}`);
            return true;
        },
    };
}

/**
 * Test binaries are built as they stand, which takes a fifth of the time, but for what every byte of an object goes through, and the
 * databases. A crate that a release hasn't got is no error.
 */
const OPTIMIZED = {
    3: [
        ...["sha1", "sha2", "md-5", "blake2", "crc32c", "crc32fast", "crc-fast", "aes-gcm", "zstd-sys", "zstd"],
        ...["lmdb-rkv-sys", "lmdb-master-sys", "sled", "fjall", "lsm-tree", "libsodium-sys-stable", "libsodium-sys"],
    ],
    // A third of the time that it takes at 3.
    1: ["libsqlite3-sys"],
};

/** One for all releases that this process builds: what they have in common is built once. */
export const cargoTarget = () => ownScratch("cargo");

/** The last "Building [==>  ] 12/345: …" of what cargo has printed: crates done, of all. */
export function cargoProgress(text: string): [number, number] | undefined {
    const [, done, total] = /.*\] (\d+)\/(\d+)/s.exec(text) ?? [];
    return done && total ? [Number(done), Number(total)] : undefined;
}

/** The way by Rust's own package registry. */
export function cargoBuild(version: string): Way {
    return {
        origin: "built from its package registry",
        make: async (file) => {
            await rust();
            const dir = join(dirname(file), "build");
            // 0.8's default build knows sled only.
            const features = version.startsWith("0.8.") ? ["--features", "lmdb,sqlite"] : [];
            const sodiumDir = await sodium();
            const env = {
                ...process.env,
                ...(sodiumDir === undefined ? {} : { SODIUM_LIB_DIR: sodiumDir }),
                CARGO_TARGET_DIR: cargoTarget(),
                // Also where nobody sits at a terminal.
                CARGO_TERM_PROGRESS_WHEN: "always",
                CARGO_TERM_PROGRESS_WIDTH: "80",
                CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
                CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
                CARGO_PROFILE_RELEASE_LTO: "off",
                CARGO_PROFILE_RELEASE_STRIP: "true",
            };
            const profile = Object.entries(OPTIMIZED).flatMap(([level, crates]) =>
                crates.flatMap((crate) => ["--config", `profile.release.package.${crate}.opt-level=${level}`]),
            );
            const words = [
                "install",
                "garage",
                "--version",
                version,
                "--locked",
                "--root",
                dir,
                ...features,
                ...profile,
            ];
            await withProgress(`building garage ${version} with cargo (2 to 5 minutes)`, (progress) => {
                const heard = (text: string) => {
                    const at = cargoProgress(text);
                    if (at) progress(...at);
                };
                return run("cargo", words, { env, heard });
            });
            copyFileSync(join(dir, "bin", "garage"), file);
            return true;
        },
    };
}

async function inMirror(version: string, ways: Way[]): Promise<Found | undefined> {
    const rel = join("garage", `v${version}`, target, "garage");
    const made = await cached(`garage ${version}`, rel, ways, (file) => isRelease(file, version));
    return made && { what: "garage", version, ...made };
}

function waysAtHand(version: string): Way[] {
    const dots = version.replace(/\./g, "\\.");
    return [installed(version), prebuilt(new RegExp(`^garage-${dots}-${arch}-linux-gnu\\.xz$`))];
}

/** One release of Garage in the mirror. */
export async function garage(version: string): Promise<Found> {
    const found = await inMirror(version, [...waysAtHand(version), official(version), cargoBuild(version)]);
    if (found) return found;
    throw new Error(
        `garage ${version}: no way to get it: its site isn't reached; set GARAGE_TOOLCHAIN to a folder of prebuilt files, or install Rust to have it built here`,
    );
}

/** The same for hosts that may fetch it themselves: nothing is laid ready where Garage's own site is all there is. */
export async function garageUnlessDownloaded(version: string): Promise<Found | undefined> {
    const found = await inMirror(version, waysAtHand(version));
    const onlyOfficial = !found || found.origin === "official download";
    return onlyOfficial && (await reachable(OFFICIAL_BASE_URL)) ? undefined : garage(version);
}
