import { deepStrictEqual, match } from "node:assert";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { said } from "../support";

/** Arguments, and exactly the problems that they get, in order. */
export type Row = [what: string, args: unknown, ...said: [path: string, message: RegExp][]];

/** What is wrong with which value, what is allowed, what to do. The policy's own messages, with an id, have their own tests. */
const FOUR_PARTS = /^\S.*\. Allowed: .*\. \S.*\.$|\[[a-z-]+\]$/s;

export function describeRows(title: string, rows: Row[]): void {
    describe(title, () => {
        for (const [what, args, ...expected] of rows) {
            it(`${what}: ${expected.length === 0 ? "allowed" : "refused"}`, () => {
                const { problems } = validateArgs(args);
                deepStrictEqual(
                    problems.map(({ path }) => path),
                    expected.map(([path]) => path),
                    said({ problems, warnings: [] }).join("\n"),
                );
                problems.forEach(({ message }, index) => {
                    match(message, expected[index]![1]);
                    match(message, FOUR_PARTS);
                });
            });
        }
    });
}
