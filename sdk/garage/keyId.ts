/** Garage's own form of a key's id: 12 bytes in hex. From series 2 on ids of other stores may be imported; never what looks like a secret. */
export const KEY_ID = /^(?![0-9a-fA-F]{64}$)[A-Za-z0-9][A-Za-z0-9._-]{7,127}$/;

/** Whether a name would be taken for a key's id. */
export function looksLikeKeyId(text: string): boolean {
    return /^gk[0-9a-f]{24}$/i.test(text);
}
