import { isIP } from "node:net";
import type { BucketSpec, RightSpec } from "../bucketSpec";
import { bucketOptionsAt } from "../garage/bucketOptions";
import { looksLikeKeyId } from "../garage/keyId";
import type { Feature } from "../policy";
import { showValue } from "../showValue";
import { readCors, readLifecycle } from "./bucketRules";
import { readOwned, twice } from "./owned";
import { flows, missing, Reader, type Table, type TextRule } from "./reader";
import { HEX64, KEY_ID } from "./rules";
import { readCapacity } from "./storage";
import { gathered, type Validated } from "./validated";

/** As Garage and S3 have it; xn-- and -s3alias are refused by Garage's defaults. */
const ALIAS: TextRule = {
    pattern: {
        test: (text) =>
            /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) &&
            !/\.\.|(^|\.)xn--|-s3alias$/.test(text) &&
            isIP(text) === 0 &&
            !looksLikeKeyId(text),
    },
    allowed:
        '3 to 63 lower case letters, digits, "-" and ".", a letter or a digit at both ends; no "..", no IP address, no "xn--", no "-s3alias" at the end, no id of a key',
    todo: "Choose such a name",
};

/** Checks the arguments of a GarageBucket, whatever they are. Never throws. */
export function validateBucket(value: unknown, name: string): Validated<BucketSpec> {
    const reader = new Reader("GarageBucket", bucketOptionsAt);
    return gathered(reader, () => {
        const args = reader.options("", missing(value) ? {} : value, "");
        return args && readBucket(reader, args, name);
    });
}

function readBucket(reader: Reader, args: Table, name: string): BucketSpec {
    const owned = readOwned(reader, args, name);
    const aliases = readAliases(reader, args.aliases, name);
    const quotas = readQuotas(reader, args.quotas);
    const website = readWebsite(reader, args.website);
    const keys = readRights(reader, args.keys);
    const lifecycle = readLifecycle(reader, args.lifecycle);
    const cors = readCors(reader, args.cors);
    const exclusive = reader.flag("exclusive", args.exclusive) ?? false;
    const bucketId = reader.text("bucketId", args.bucketId, {
        ...HEX64,
        todo: "Write the whole id, as `sudo garage-manage bucket info NAME` shows it on a host",
    });
    const takeOver = reader.flag("takeOver", args.takeOver) ?? false;
    const needs: Feature[] = [...(quotas ? ["quotas" as const] : []), ...(lifecycle ? ["lifecycle" as const] : [])];
    return {
        ...owned,
        needs,
        aliases,
        ...(quotas ? { quotas } : {}),
        ...(website ? { website } : {}),
        keys,
        ...(lifecycle ? { lifecycle } : {}),
        ...(cors ? { cors } : {}),
        exclusive,
        ...(bucketId === undefined ? {} : { bucketId: bucketId.toLowerCase() }),
        takeOver,
    };
}

function readAliases(reader: Reader, value: unknown, name: string): string[] {
    if (missing(value)) {
        const alias = reader.text("aliases", name, {
            ...ALIAS,
            todo: `The resource's name is the bucket's, as no aliases are given. Give one: aliases: ["photos"]`,
        });
        return alias === undefined ? [] : [alias];
    }
    const aliases = reader.texts("aliases", value, ALIAS);
    if (Array.isArray(value) && value.length === 0)
        reader.complain("aliases", {
            given: "An empty list",
            what: "leaves the bucket without a name: no client could reach it",
            allowed: "one name or several",
            todo: "Leave it out, for the resource's name, or name one",
        });
    return aliases;
}

function readQuotas(reader: Reader, value: unknown): BucketSpec["quotas"] {
    const quotas = missing(value) ? undefined : reader.options("quotas", value, "quotas");
    if (!quotas) return undefined;
    const maxSizeBytes = readCapacity(reader, "quotas.maxSize", quotas.maxSize);
    const maxObjects = reader.integer("quotas.maxObjects", quotas.maxObjects, 1, Number.MAX_SAFE_INTEGER);
    if (missing(quotas.maxSize) && missing(quotas.maxObjects))
        reader.complain("quotas", {
            given: "An empty map",
            what: "limits nothing",
            allowed: "maxSize, maxObjects, or both",
            todo: "Leave quotas out for no limit",
        });
    return {
        ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
        ...(maxObjects === undefined ? {} : { maxObjects }),
    };
}

const KEY_OF_OBJECT = /^[^/\p{Cc}][^\p{Cc}]*$/u;

function readWebsite(reader: Reader, value: unknown): BucketSpec["website"] {
    const website = missing(value) ? undefined : reader.options("website", value, "website");
    if (!website) return undefined;
    const todo = 'Write indexDocument: "index.html"';
    if (missing(website.indexDocument))
        reader.complain("website.indexDocument", {
            given: "Nothing",
            what: "is given, but Garage has to know which object stands for a folder",
            allowed: "the name of an object, in every folder the same",
            todo,
        });
    const indexDocument = reader.text("website.indexDocument", website.indexDocument, {
        pattern: /^[^/\p{Cc}]+$/u,
        allowed: 'the name of an object, without "/"',
        todo,
    });
    const errorDocument = reader.text("website.errorDocument", website.errorDocument, {
        pattern: KEY_OF_OBJECT,
        longest: 1024,
        allowed: 'the key of an object, without a "/" at its beginning',
        todo: 'Write it like "404.html"',
    });
    return { indexDocument: indexDocument ?? "", ...(errorDocument === undefined ? {} : { errorDocument }) };
}

function readRights(reader: Reader, value: unknown): RightSpec[] {
    const seen: unknown[] = [];
    return reader.list("keys", value).flatMap((each, index) => {
        const at = `keys[${index}]`;
        const args = reader.options(at, missing(each) ? {} : each, "keys.*");
        if (!args) return [];
        checkKeyId(reader, `${at}.accessKeyId`, args.accessKeyId, seen);
        const right = (name: string) => reader.flag(`${at}.${name}`, args[name]) ?? false;
        const rights = { read: right("read"), write: right("write"), owner: right("owner") };
        if (["read", "write", "owner"].every((name) => missing(args[name]) || args[name] === false))
            reader.complain(at, {
                given: "A key without a right",
                what: "may do nothing",
                allowed: "read, write, owner, at least one of them true",
                todo: "Add read: true, or take the key out",
            });
        return [rights];
    });
}

function checkKeyId(reader: Reader, path: string, id: unknown, seen: unknown[]): void {
    if (missing(id))
        reader.complain(path, {
            given: "Nothing",
            what: "says which key it is",
            allowed: KEY_ID.allowed,
            todo: KEY_ID.todo,
        });
    reader.input(path, id, KEY_ID);
    // Two keys by one Output: of others the ids aren't known yet.
    if (!missing(id) && seen.includes(id)) twice(reader, path, flows(id) ? "The same key" : showValue(id));
    seen.push(id);
}
