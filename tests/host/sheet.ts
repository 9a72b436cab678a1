/** A sheet as `sdk/phases/sheet.ts` makes it: the first line counts them all. */
export function counted(lines: string[]): string {
    return `${[`lines ${lines.length + 1}`, ...lines].join("\n")}\n`;
}
