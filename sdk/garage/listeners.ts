import type { ClusterSpec } from "../spec";

type Spec = Pick<ClusterSpec, "ports" | "binds" | "settings" | "series">;

/** The lines `ports` and `binds` of a sheet: where a node's daemon listens, a word each service. */
export function listeners(spec: Spec): { ports: string; binds: string } {
    const k2v = k2vAddress(spec);
    const { rpc, s3, web, admin } = spec.ports;
    const ports = { rpc, s3, web, admin, ...(k2v?.port === undefined ? {} : { k2v: k2v.port }) };
    const { rpc: rpcBind, s3: s3Bind, web: webBind, admin: adminBind } = spec.binds;
    const binds = { rpc: rpcBind, s3: s3Bind, web: webBind, admin: adminBind, ...(k2v ? { k2v: k2v.bind } : {}) };
    return { ports: line("ports", ports), binds: line("binds", binds) };
}

/** K2V has no option of its own: it listens where `settings` say, at an address or a path. 0.7 ignores the section. */
function k2vAddress({ settings, series }: Spec): { bind: string; port?: string } | undefined {
    const section = settings.k2v_api;
    if (series === "0.7" || typeof section !== "object" || section === null) return undefined;
    const address = (section as Record<string, unknown>).api_bind_addr;
    if (typeof address !== "string") return undefined;
    const cut = address.startsWith("/") ? -1 : address.lastIndexOf(":");
    return cut < 0 ? { bind: address } : { bind: address.slice(0, cut), port: address.slice(cut + 1) };
}

function line(key: string, words: Record<string, string | number>): string {
    return [key, ...Object.entries(words).map(([service, value]) => `${service}=${value}`)].join(" ");
}
