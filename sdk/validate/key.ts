import type { KeySpec } from "../bucketSpec";
import { keyOptionsAt } from "../garage/bucketOptions";
import { showValue } from "../showValue";
import { readOwned } from "./owned";
import { missing, Reader, type Table, type TextRule } from "./reader";
import { KEY_ID, REAPPLY, WORD } from "./rules";
import { gathered, type Validated } from "./validated";

/** Checks the arguments of a GarageKey, whatever they are. Never throws; never shows the secret. */
export function validateKey(value: unknown, name: string): Validated<KeySpec> {
    const reader = new Reader("GarageKey", keyOptionsAt);
    return gathered(reader, () => {
        const args = reader.options("", missing(value) ? {} : value, "");
        return args && readKey(reader, args, name);
    });
}

function readKey(reader: Reader, args: Table, resource: string): KeySpec {
    const owned = readOwned(reader, args, resource);
    const name = reader.text("name", args.name, WORD) ?? resource;
    const allowCreateBucket = reader.flag("allowCreateBucket", args.allowCreateBucket) ?? false;
    const expiresAt = readTime(reader, args.expiresAt);
    const imported = checkPair(reader, args);
    const rotate = reader.text("rotate", args.rotate, REAPPLY);
    const retire = reader.texts("retire", args.retire, KEY_ID);
    const takeOver = reader.text("takeOver", args.takeOver, KEY_ID);
    if (takeOver !== undefined && imported)
        reader.complain("takeOver", {
            given: showValue(takeOver),
            what: "is given beside a key to be imported",
            allowed: "a key that Garage has (takeOver), or one that it hasn't (accessKeyId and secretAccessKey)",
            todo: "Take one of the two out",
        });
    return {
        ...owned,
        needs: [
            ...(allowCreateBucket ? ["createBucket" as const] : []),
            ...(imported ? ["pair" as const] : []),
            ...(expiresAt ? ["expiry" as const] : []),
        ],
        name,
        allowCreateBucket,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        imported,
        ...(rotate === undefined ? {} : { rotate }),
        retire,
        ...(takeOver === undefined ? {} : { takeOver }),
    };
}

const TIME: TextRule = {
    pattern: { test: isTime },
    allowed: "a time with its zone, as in RFC 3339",
    todo: 'Write it like "2027-01-31T00:00:00Z"',
};

function isTime(text: string): boolean {
    const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
    if (day === undefined || Number.isNaN(Date.parse(text))) return false;
    // JavaScript takes 31 February for 3 March.
    return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** One form for the same time: Garage tells it in UTC. */
function readTime(reader: Reader, value: unknown): string | undefined {
    const text = reader.text("expiresAt", value, TIME);
    return text === undefined ? undefined : new Date(text).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Whether a pair is given: both, or none. */
function checkPair(reader: Reader, args: Table): boolean {
    reader.input("accessKeyId", args.accessKeyId, KEY_ID);
    reader.input("secretAccessKey", args.secretAccessKey, {
        pattern: /^[\x21-\x7e]{16,128}$/,
        allowed: "64 hex digits; from series 2 on 16 to 128 letters, digits and signs",
        todo: "Give the secret of the key that is to be imported; for a new one leave both out, and Garage makes it",
        secret: true,
    });
    const given = ["accessKeyId", "secretAccessKey"].filter((name) => !missing(args[name]));
    if (given.length === 1)
        reader.complain(given[0] === "accessKeyId" ? "secretAccessKey" : "accessKeyId", {
            given: "Nothing",
            what: `is given beside ${given[0]}`,
            allowed: "both, to import a key, or none, for a new one",
            todo: "Give both, or take both out",
        });
    return given.length > 0;
}
