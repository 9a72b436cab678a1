import { parseCapacity } from "../garage/capacity";

const UNITS: readonly [string, number][] = [
    ...["PiB", "TiB", "GiB", "MiB"].map((unit, index): [string, number] => [unit, 1024 ** (5 - index)]),
    ...["P", "T", "G", "M", "k"].map((unit, index): [string, number] => [unit, 1000 ** (5 - index)]),
];

/** A number of bytes as an option says it, exactly; undefined where no text of an option says just that. */
export function capacityText(bytes: number): string | undefined {
    const whole = UNITS.filter(([, size]) => bytes >= size && bytes % size === 0);
    // The shortest: 1T, not 1000G, and 1GiB, not 1073741.824k.
    const texts = [...whole.map(([unit, size]) => `${bytes / size}${unit}`), `${bytes / 1000}k`];
    return texts.filter((text) => parseCapacity(text) === bytes).sort((a, b) => a.length - b.length)[0];
}
