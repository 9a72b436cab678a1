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
