/** Reads MessagePack, the format of Garage's own files: maps as objects, bytes as Buffers. Throws for whatever is none. */
export function readMessagePack(bytes: Buffer): unknown {
    let at = 0;
    const take = (count: number): Buffer => {
        if (count > bytes.length - at) throw new Error("ends too early");
        at += count;
        return bytes.subarray(at - count, at);
    };
    const natural = (size: number): number => {
        const value = take(size).reduce((sum, byte) => sum * 256 + byte, 0);
        if (!Number.isSafeInteger(value)) throw new Error("holds a number that is too large");
        return value;
    };
    const signed = (size: number): number => {
        if (size === 8) return Number(take(8).readBigInt64BE());
        return take(size).readIntBE(0, size);
    };
    const list = (count: number) => Array.from({ length: count }, value);
    const map = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, () => [String(value()), value()] as const));

    function value(): unknown {
        const type = natural(1);
        if (type < 0x80) return type;
        if (type < 0x90) return map(type & 0x0f);
        if (type < 0xa0) return list(type & 0x0f);
        if (type < 0xc0) return take(type & 0x1f).toString("utf8");
        if (type >= 0xe0) return type - 0x100;
        switch (type) {
            case 0xc0:
                return null;
            case 0xc2:
            case 0xc3:
                return type === 0xc3;
            case 0xc4:
            case 0xc5:
            case 0xc6:
                return take(natural(1 << (type - 0xc4)));
            case 0xca:
                return take(4).readFloatBE();
            case 0xcb:
                return take(8).readDoubleBE();
            case 0xcc:
            case 0xcd:
            case 0xce:
            case 0xcf:
                return natural(1 << (type - 0xcc));
            case 0xd0:
            case 0xd1:
            case 0xd2:
            case 0xd3:
                return signed(1 << (type - 0xd0));
            case 0xd9:
            case 0xda:
            case 0xdb:
                return take(natural(1 << (type - 0xd9))).toString("utf8");
            case 0xdc:
            case 0xdd:
                return list(natural(2 << (type - 0xdc)));
            case 0xde:
            case 0xdf:
                return map(natural(2 << (type - 0xde)));
            default:
                throw new Error(`holds the type ${type}`);
        }
    }

    const read = value();
    if (at !== bytes.length) throw new Error("goes on behind its end");
    return read;
}
