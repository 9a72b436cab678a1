import { isIP } from "node:net";
import { type Binds, type Ports, SERVICES } from "../spec";
import { missing, type Reader, type Table } from "./reader";

const PORTS: Ports = { rpc: 3901, s3: 3900, web: 3902, admin: 3903 };

/** The daemon is an unprivileged user without capabilities. */
const LEAST_PORT = 1024;

export function readPorts(reader: Reader, args: Table): Ports {
    const ports: Ports = { ...PORTS };
    for (const service of SERVICES) {
        const path = `${service}Port`;
        const port = reader.integer(path, args[path], LEAST_PORT, 65535, "a port for a daemon that isn't root,");
        if (port !== undefined) ports[service] = port;
    }
    SERVICES.forEach((service, index) => {
        const other = SERVICES.slice(0, index).find((each) => ports[each] === ports[service]);
        if (!other) return;
        reader.complain(`${service}Port`, {
            given: String(ports[service]),
            what: `clashes with ${other}Port: both would be port ${ports[service]} of every node`,
            allowed: "four different ports for RPC, S3, web and admin (by default 3901, 3900, 3902, 3903)",
            todo: "Change one of the two",
        });
    });
    return ports;
}

export function readBinds(reader: Reader, args: Table): Binds {
    const binds: Binds = { rpc: "[::]", s3: "[::]", web: "[::]", admin: "[::]" };
    for (const service of SERVICES) {
        const path = `${service}BindAddress`;
        const address = readBind(reader, path, args[path]);
        if (address !== undefined) binds[service] = address;
    }
    return binds;
}

function readBind(reader: Reader, path: string, value: unknown): string | undefined {
    const rule = {
        pattern: /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\])$/,
        allowed: "an IP address to listen on, IPv6 in brackets, without a port",
        todo: 'Write one like "0.0.0.0", "[::]" or "10.0.0.5"',
    };
    const address = reader.text(path, value, rule);
    if (address === undefined || isIP(address.replace(/^\[|\]$/g, "")) !== 0) return address;
    return reader.complain(path, {
        given: `"${address}"`,
        what: "is no IP address",
        allowed: rule.allowed,
        todo: rule.todo,
    });
}

/** RPC on the loopback address: no node would ever see another one. */
export function checkRpcReachable(reader: Reader, binds: Binds, nodes: number): void {
    if (nodes < 2 || !/^(127\.|\[(0*:)*:?0*1\])/.test(binds.rpc)) return;
    reader.complain("rpcBindAddress", {
        given: `"${binds.rpc}"`,
        what: "can't be reached by the other nodes",
        allowed: "an address that every host has and the others reach; [::] stands for all of a host's addresses",
        todo: "Leave rpcBindAddress out",
    });
}

export interface Domains {
    s3Region: string;
    s3RootDomain?: string;
    webRootDomain: string;
}

export function readDomains(reader: Reader, args: Table): Domains {
    const domain = {
        pattern: /^\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        allowed: "a domain in lower case, with or without a dot before it",
        todo: 'Write one like ".s3.example.org"',
    };
    const region = {
        pattern: /^[A-Za-z0-9_-]+$/,
        longest: 64,
        allowed: 'letters, digits, "_" and "-", at most 64',
        todo: 'Write one like "garage" or "eu-west-1"',
    };
    const s3RootDomain = reader.text("s3RootDomain", args.s3RootDomain, domain);
    return {
        s3Region: reader.text("s3Region", args.s3Region, region) ?? "garage",
        ...(s3RootDomain === undefined ? {} : { s3RootDomain }),
        webRootDomain: reader.text("webRootDomain", args.webRootDomain, domain) ?? ".web.garage.localhost",
    };
}

/** `host:port`, the host being a name, an IPv4 address, or an IPv6 address in brackets. */
export function checkRpcPublicAddr(reader: Reader, path: string, value: unknown, ipOnly: boolean): string | undefined {
    if (missing(value)) return undefined;
    const allowed = ipOnly
        ? "an IP address and a port (series 0.7 takes no names); IPv6 in brackets"
        : "a host name or an IP address, and a port; IPv6 in brackets";
    const todo = ipOnly
        ? 'Write it like "10.0.0.5:3901"'
        : 'Write it like "paris.example.org:3901" or "[fd00::5]:3901"';
    const pattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;
    const text = reader.input(path, value, { pattern, allowed, todo });
    if (text === undefined) return undefined;
    const cut = text.lastIndexOf(":");
    const [host, port] = [text.slice(0, cut), Number(text.slice(cut + 1))];
    const ip = isIP(host.replace(/^\[|\]$/g, ""));
    const bad =
        port < 1 || port > 65535
            ? "has no port from 1 to 65535"
            : host.startsWith("[") !== (ip === 6) || /^[\d.]+$/.test(host) !== (ip === 4)
              ? "is no IP address"
              : ip === 0 && ipOnly
                ? "is a name"
                : /^(0\.0\.0\.0|\[[0:]+\])$/.test(host)
                  ? "is an address to listen on, not one to reach"
                  : undefined;
    if (bad) return reader.complain(path, { given: `"${text}"`, what: bad, allowed, todo });
    return text;
}
