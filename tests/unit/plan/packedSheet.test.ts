import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { packSheet, unpackSheet } from "../../../sdk/plan/packedSheet";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const peers = (count: number) =>
    Array.from({ length: count }, (_, at) => `peer n${at} ${sha256(`${at}`)} 192.0.2.${at}:3901 storage in\n`).join("");

describe("a sheet", () => {
    it("is sent as it is while it can be read, and packed into one line from 8 KiB on", () => {
        assert.equal(packSheet(peers(10)), peers(10));
        const packed = packSheet(peers(100));
        assert.match(packed, /^packed \S+\n$/);
        assert.ok(packed.length < peers(100).length * 0.7);
        assert.equal(unpackSheet(packed), peers(100));
    });

    it("is packed into the same bytes on every machine: other ones would run the step again", () => {
        assert.equal(sha256(packSheet(peers(100))), "f1dfa4567ebd6fdfd37ef409df45fa87aa511088906198eadfd550acefe7fdbc");
    });

    it("is left as it is where it is none", () => {
        for (const other of [undefined, 7, "", "packed of old\nlines 2\n", "#!/usr/bin/env bash\n", { secret: 1 }])
            assert.equal(unpackSheet(other), other);
    });
});
