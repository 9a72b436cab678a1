import { NoAccess, parseAccess } from "../garage/access";
import { showKind } from "../showValue";
import { flows, missing, type Reader, type Table } from "./reader";
import { REAPPLY, WORD } from "./rules";

/** What buckets and keys have in common: how the store is reached, and the name by which the host remembers the resource. */
export function readOwned(reader: Reader, args: Table, name: string): { reapply?: string } {
    readAccess(reader, args.access);
    reader.text("(the resource's name)", name, {
        ...WORD,
        todo: "Choose such a name for the resource: it stands in a command line on the host",
    });
    const reapply = reader.text("reapply", args.reapply, REAPPLY);
    return reapply === undefined ? {} : { reapply };
}

function readAccess(reader: Reader, value: unknown): void {
    const allowed = "the output access of a GarageCluster";
    const todo = 'Write access: store.access; from another stack, stackReference.requireOutput("access")';
    if (missing(value))
        reader.complain("access", { given: "Nothing", what: "says which store it is for", allowed, todo });
    if (missing(value) || flows(value)) return;
    if (typeof value !== "string") {
        reader.complain("access", { given: showKind(value), what: "is no text", allowed, todo });
        return;
    }
    try {
        parseAccess(value);
    } catch (error) {
        if (!(error instanceof NoAccess)) throw error;
        reader.problems.push({ path: "access", message: error.message.replace(/^access: it/, "It") });
    }
}

/** What is named a second time in a list; `given` in words. */
export function twice(reader: Reader, path: string, given: string): void {
    reader.complain(path, { given, what: "is there twice", allowed: "each one once", todo: "Take one out" });
}
