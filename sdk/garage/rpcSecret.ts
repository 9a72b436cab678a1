import { createHmac } from "node:crypto";

/** 32 bytes in hex, as Garage wants it. */
export const RPC_SECRET = /^[0-9a-f]{64}$/i;

/**
 * The secret that daemons of series 0.8 share, made from the cluster's own. 0.8 and 0.9 accept each other, which
 * destroys data; with different secrets they can't.
 */
export function deriveRpcSecret08(hex: string): string {
    // Neither of them may stand in the message: it is a secret.
    if (!RPC_SECRET.test(hex)) throw new Error("rpcSecret isn't 64 hex digits; make one with `openssl rand -hex 32`.");
    return createHmac("sha256", Buffer.from(hex, "hex")).update("garage rpc 0.8").digest("hex");
}

/** Why no secret of 0.8 may be the cluster's own one; nothing where they differ. Neither of them is shown. */
export function sameSecret08(rpcSecret: string, rpcSecret08: string): string | undefined {
    if (rpcSecret.toLowerCase() !== rpcSecret08.toLowerCase()) return undefined;
    return "rpcSecret08 is the same as rpcSecret (neither is shown): daemons of 0.8 and 0.9 with one secret take each other's data for their own, and destroy them. Allowed: two secrets. Give the one that runs on 0.8 as rpcSecret08, and leave rpcSecret out: it is made anew, and comes into use with 0.9.";
}
