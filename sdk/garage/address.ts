import { isIP } from "node:net";

/** `host:port`, with an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
    return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The host of `host:port`, without brackets. */
export function hostOf(address: string): string {
    return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

/** An address that means another host, or nothing, on every other host: a loopback address or name, or one of its own link (IPv6). */
export function isLocalOnly(host: string): boolean {
    const address = host.replace(/^\[|\]$/g, "").toLowerCase();
    if (isIP(address) === 0)
        return /^(localhost|.*\.localhost|ip6-(localhost|loopback))\.?$|^localhost\./.test(address);
    return /^127\.|^(0*:)*:?0*1$|^(0*:)*:?(0+:)?ffff:127\.|^fe[89ab][0-9a-f]?:/.test(address);
}

/** One text for the same IP address, however it is written. */
export function sameAddress(one: string, other: string): boolean {
    const plain = (text: string) => {
        const address = text.replace(/^\[|\]$/g, "").toLowerCase();
        return isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname : address;
    };
    return plain(one) === plain(other);
}
