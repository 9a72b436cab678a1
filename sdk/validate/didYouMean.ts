/** Other spellings that people know from other tools. */
const SYNONYMS: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** The name that was probably meant: another case or separator, or two slips of the finger at most. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
    if (name.length > 60) return undefined;
    const bare = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
    const synonym = SYNONYMS[bare(name)];
    if (synonym && known.includes(synonym)) return synonym;
    let best: { name: string; slips: number } | undefined;
    for (const each of known) {
        const slips = distance(bare(name), bare(each));
        if (slips < (best?.slips ?? 3) && slips < each.length / 2) best = { name: each, slips };
    }
    return best?.name;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
        }
        row = next;
    }
    return row[b.length]!;
}
