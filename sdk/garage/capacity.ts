const POWERS = { k: 1, m: 2, g: 3, t: 4, p: 5 } as const;
const CAPACITY = /^(\d+(?:\.\d+)?) ?([kmgtp])(i?)b?$/i;

/**
 * Bytes of a capacity in Garage's own units (the bytesize crate): "1T" and "1TB" are 10^12, "1Ti" and "1TiB" 2^40.
 * Undefined for whatever isn't one. A unit is required: Garage takes a bare "1" for one byte.
 */
export function parseCapacity(text: string): number | undefined {
    if (text.length > 32) return undefined;
    const parts = CAPACITY.exec(text);
    if (!parts) return undefined;
    const power = POWERS[parts[2]!.toLowerCase() as keyof typeof POWERS];
    const bytes = Math.round(Number(parts[1]) * (parts[3] ? 1024 : 1000) ** power);
    return Number.isSafeInteger(bytes) ? bytes : undefined;
}
