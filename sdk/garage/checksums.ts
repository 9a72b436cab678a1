import type { Architecture } from "../spec";

/**
 * SHA-256 of official binaries. Upstream publishes none; these are what a public Ansible role
 * (eyebrowkang.garage 1.1.0) pins. A release that isn't here is trusted on first use: all hosts have to get the same bytes.
 */
export const CHECKSUMS: Readonly<Record<string, Readonly<Record<Architecture, string>>>> = {
    "2.0.0": {
        x86_64: "8f6ea413ddf7e6cba40d4defd51b7bc38bc32d8b4579eaa510e63b112d116c73",
        aarch64: "07c37b89cba6ead330dfafc2fc72d00308dcde75fb5922f161585037417c57ee",
    },
    "2.1.0": {
        x86_64: "543b0414d1464ab855ebe9b843938a5e5361fd24436891ce3dff9e03d02839d8",
        aarch64: "65a1bedc9b6d5a2df788b55e81cb0013129326478fd94cf83a844ab278e8055f",
    },
    "2.2.0": {
        x86_64: "ec761bb996e8453e86fe68ccc1cf222c73bb1ef05ae0b540bd4827e7d1931aab",
        aarch64: "3922bd3524e5267587a27fec91e4d8447353113ea3a55e2d1786a53d7529d1da",
    },
};
