import { dirname, isAbsolute } from "node:path";
import * as semver from "semver";
import { run, which } from "../shell";
import { aptCandidate, mayBePackage, systemPackages } from "./systemPackages";

/** The oldest that builds every release in TESTED_RELEASES: crc-fast, which Garage 2.5.0 uses, asks for it. */
const OLDEST = "1.89.0";

const isNewEnough = (version = "") => semver.gte(semver.coerce(version) ?? "0.0.0", OLDEST);

/** Debian's `cargo` may be old; next to it there is a newer one, for its browsers. */
async function cargoPackage(): Promise<string> {
    for (const name of ["cargo", "cargo-web"]) if (isNewEnough(await aptCandidate(name))) return name;
    throw new Error(`missing on this machine: cargo; install Rust ${OLDEST} or newer (no Debian package of it found)`);
}

/** Makes sure of cargo, and of what the C libraries inside Garage are built with (libsodium's by make). */
export async function rust(): Promise<void> {
    const wanted: Record<string, string> = { cc: "gcc libc6-dev", make: "make" };
    if (!which("cargo")) wanted.cargo = await cargoPackage();
    await systemPackages(wanted);
    const version = /\d[\d.]*/.exec(await run("cargo", ["--version"]))?.[0];
    // Not replaced: Debian's two exclude each other, and whoever installed the old one may need it.
    if (!isNewEnough(version)) {
        throw new Error(`${which("cargo")} is ${version}, ${OLDEST} or newer is needed; Debian 12 has it as cargo-web`);
    }
}

/**
 * The folder of a libsodium to link with, where this machine has one or can have Debian's. Garage's crate for it would build another one, and run all
 * of its tests, which takes a minute.
 */
export async function sodium(): Promise<string | undefined> {
    // What isn't found is printed as it was asked for.
    const find = () => run("cc", ["-print-file-name=libsodium.a"]);
    if (!isAbsolute(await find())) await mayBePackage("libsodium-dev");
    const found = await find();
    return isAbsolute(found) ? dirname(found) : undefined;
}
