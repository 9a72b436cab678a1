import { isIP } from "node:net";

interface Cidr {
    bits: bigint;
    width: 32 | 128;
    prefix: number;
}

/** A CIDR as AWS keeps it: an address of the network, without bits of a host, IPv6 as short as it can be. Undefined for anything else. */
export function cidrNetwork(text: string): string | undefined {
    const cidr = parse(text);
    if (!cidr) return undefined;
    const { bits, width, prefix } = cidr;
    const host = BigInt(width - prefix);
    return `${write((bits >> host) << host, width)}/${prefix}`;
}

export function isIpv6Cidr(text: string): boolean {
    return text.includes(":");
}

/** The whole world, or half of it. */
export function isWorld(text: string): boolean {
    return (parse(text)?.prefix ?? 32) <= 1;
}

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/** Addresses that only mean something inside of a network of one's own: who comes from there reaches private addresses too. */
export function isPrivateCidr(text: string): boolean {
    const inner = parse(text);
    return PRIVATE.some((each) => {
        const outer = parse(each)!;
        if (!inner || inner.width !== outer.width || inner.prefix < outer.prefix) return false;
        const rest = BigInt(outer.width - outer.prefix);
        return inner.bits >> rest === outer.bits >> rest;
    });
}

function parse(text: string): Cidr | undefined {
    const [, address, digits] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
    const prefix = Number(digits);
    const version = isIP(address ?? "");
    if (version === 4 && prefix <= 32) {
        const bits = address!.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
        return { bits, width: 32, prefix };
    }
    if (version !== 6 || prefix > 128) return undefined;
    // As short as it can be, and without an IPv4 address at its end.
    const [front = "", back] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
    const words = (part = "") => part.split(":").filter((word) => word !== "");
    const zeros = Array(8 - words(front).length - words(back).length).fill("0");
    const all = [...words(front), ...zeros, ...words(back)];
    return { bits: all.reduce((sum, word) => (sum << 16n) + BigInt(`0x${word}`), 0n), width: 128, prefix };
}

function write(bits: bigint, width: 32 | 128): string {
    const step = width === 32 ? 8n : 16n;
    const parts = Array.from({ length: width === 32 ? 4 : 8 }, (_, index) => {
        const part = (bits >> (BigInt(width) - step * BigInt(index + 1))) & ((1n << step) - 1n);
        return width === 32 ? part.toString() : part.toString(16);
    });
    return width === 32 ? parts.join(".") : new URL(`http://[${parts.join(":")}]`).hostname.slice(1, -1);
}
