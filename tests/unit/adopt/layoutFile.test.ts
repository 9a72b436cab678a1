import assert from "node:assert/strict";
import { readLayoutFile } from "../../../sdk/adopt/layoutFile";
import LAYOUTS from "./layouts.json";

// Garage's own files, captured: a storage node and a gateway; then a change staged; then that applied, and the gateway taken out.
const ROWS = [
    { release: "0.7.0", capacity: 3 },
    { release: "0.8.7", capacity: 3 },
    { release: "0.9.4", capacity: 1234567000 },
    { release: "1.3.0", capacity: 1234567000 },
    { release: "2.5.0", capacity: 1234567000 },
] as const;

const read = (base64: string) => {
    const { roles, ...rest } = readLayoutFile(base64);
    for (const { id } of roles) assert.match(id, /^[0-9a-f]{64}$/);
    return { ...rest, roles: roles.map(({ id: _, ...role }) => role).sort((a, b) => (a.zone < b.zone ? -1 : 1)) };
};

describe("Garage's file cluster_layout", () => {
    for (const { release, capacity } of ROWS)
        it(`of ${release} says roles exactly, and whether changes are staged`, () => {
            const { applied, staged, removed } = LAYOUTS[release];
            const storage = { zone: "dc1", capacity, tags: ["alpha", "two words"] };
            const gateway = { zone: "dc2", capacity: null, tags: ["edge"] };
            assert.deepEqual(read(applied), { version: 1, staged: false, live: 1, roles: [storage, gateway] });
            assert.deepEqual(read(staged), { version: 1, staged: true, live: 1, roles: [storage, gateway] });
            assert.deepEqual(read(removed), {
                version: 2,
                staged: false,
                live: 1,
                roles: [{ ...storage, zone: "dc3" }],
            });
        });

    it("that was cut short anywhere, or is none, is refused", () => {
        for (const { release } of ROWS) {
            const whole = Buffer.from(LAYOUTS[release].staged, "base64");
            for (let length = 0; length < whole.length; length += 7)
                assert.throws(
                    () => readLayoutFile(whole.subarray(0, length).toString("base64")),
                    `${release} ${length}`,
                );
        }
        for (const text of ["", "G09layout", "\x90", "\x80", "\xc1", "G010lh\x81\xa8versions\x90"])
            assert.throws(() => readLayoutFile(Buffer.from(text, "latin1").toString("base64")), Error);
    });
});
