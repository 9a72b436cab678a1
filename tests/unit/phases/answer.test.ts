import * as assert from "node:assert/strict";
import { ANSWERS, readAnswer } from "../../../sdk/phases/answer";
import { HOP_STEPS } from "../../../sdk/procedures/hop";

const ID = "a".repeat(64);
const MOTD = "Welcome to paris!\n3 updates for release 2.5.0\n";
const FORMS: Record<string, RegExp | undefined> = {
    ...ANSWERS,
    ...Object.fromEntries(HOP_STEPS.full.map(({ verb, answers }) => [verb, answers])),
};
const read = (verb: string, stdout: string) => readAnswer("paris", `store-${verb}`, FORMS[verb]!, stdout);

describe("a host's answer", () => {
    for (const [verb, text] of [
        ["host", ID],
        ["stage", "0a1b2c3d 2.5.0 x86_64:0123456789ab"],
        ["join", "0a1b2c3d 3 nodes"],
        ["layout", "12"],
        ["preflight", "0.8-to-0.9 attempt beef0001"],
        ["repair", "repair began 2026-01-01T00:00:00Z"],
        ["repair", "repair began -"],
        ["halt", "paris /var/lib/garage-backups/1-to-2-1-20260101T000000Z"],
        ["release", "2.5.0"],
    ] as const)
        it(`of ${verb} is read in "${text.slice(0, 30)}", also as an older package's host says it, and amidst other text`, () => {
            for (const line of [text, `\ngarage-node answers ${text}`]) {
                assert.deepEqual(read(verb, `${line}\n`), { text });
                const among = read(verb, `${MOTD}${line}\nbye\n`);
                assert.equal(among.text, text);
                assert.match(
                    among.warning!,
                    /^paris: the login shell .* prints text on stdout: "Welcome to paris! 3 updates .* bye"\. The answers/,
                );
            }
        });

    it("is the marked one, whatever else looks like an answer", () => {
        assert.equal(read("release", "2.4.0\nno end\ngarage-node answers 2.5.0\n1.0.0\n").text, "2.5.0");
        assert.throws(() => read("release", "2.4.0\ngarage-node answers what?\n"));
    });

    it("is none where nothing has its form: said by name, with what was printed and the way on", () => {
        for (const [verb, stdout] of [
            ["layout", "Welcome!\nNaN\n"],
            ["release", "Welcome!2.5.0\n"],
            ["host", `${ID}0\n`],
            ["host", `${ID.toUpperCase()}\n`],
            ["stage", "Welcome!\ngarage-node answers \n"],
        ] as const)
            assert.throws(
                () => read(verb, stdout),
                /^Error: store-\w+: paris: the login shell .* prints text on stdout: ".+".*print nothing .* Set nodes\.paris\.reapply to a new text\.$/,
            );
        assert.throws(() => read("release", "\n"), /paris answered nothing\. Set nodes\.paris\.reapply/);
    });

    it("comes with a short piece of what was printed, without control characters", () => {
        const { warning } = read("layout", `a\x1b[2J "b"\n\n${"x".repeat(300)}\n1`);
        assert.match(warning!, /"a \[2J \\"b\\" x{190}…"/);
    });

    it("that is a secret is shown by no message, and neither is what was printed beside it", () => {
        const form = /^\{"accessKeyId".*\}$/;
        const told = { secret: true, lever: "reapply of app" };
        const said = `garage-node answers {"accessKeyId":"GK1","secretAccessKey":"hunter2"}`;
        const { text, warning } = readAnswer("paris", "app-key", form, `hunter2 of a login shell\n${said}`, told);
        assert.match(text, /hunter2/);
        assert.match(warning!, /paris: the login shell .*not shown: a secret may be in it/);
        assert.doesNotMatch(warning!, /hunter2/);
        for (const [stdout, words] of [
            ["{} hunter2", /app-key: paris: .*not shown.*nothing was made of it.*Set reapply of app to a new text/],
            ["", /app-key: paris answered nothing\. Set reapply of app to a new text/],
        ] as const)
            assert.throws(
                () => readAnswer("paris", "app-key", form, stdout, told),
                (error: Error) => words.test(error.message) && !/hunter2/.test(error.message),
            );
    });
});
