import { gunzipSync, gzipSync, strFromU8, strToU8 } from "fflate";

/** Bytes. A sheet of some fifty nodes; up to there it can be read in a preview as it is. */
const LONG = 8192;
const PACKED = /^packed ([A-Za-z0-9+/=]+)\n$/;

/**
 * A long sheet is sent packed, as its one line: every step of every node says who all the nodes are, so a state grows with the square of them, and
 * holds each sheet twice. The same text gives the same bytes on every machine (as with the packed tool), or it would be a changed resource.
 */
export function packSheet(text: string): string {
    if (text.length < LONG) return text;
    return `packed ${Buffer.from(gzipSync(strToU8(text), { level: 9, mtime: 0 })).toString("base64")}\n`;
}

/** The sheet itself; what is none, as it is. */
export function unpackSheet(stdin: unknown): unknown {
    const packed = typeof stdin === "string" ? PACKED.exec(stdin) : undefined;
    return packed ? strFromU8(gunzipSync(Buffer.from(packed[1]!, "base64"))) : stdin;
}
