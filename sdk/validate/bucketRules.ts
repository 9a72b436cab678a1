import type { CorsSpec, LifecycleSpec } from "../bucketSpec";
import { showValue } from "../showValue";
import { twice } from "./owned";
import { missing, type Reader, type TextRule } from "./reader";

/** A hundred years, in days. */
const LONGEST_DAYS = 36_500;

/** Garage cuts blanks off at both ends of what S3's XML holds: a rule for "logs " would be one for "logs". */
const LINE: TextRule = {
    pattern: /^(?! )[^\p{Cc}]+(?<! )$/u,
    longest: 1024,
    allowed: "a text without control characters, and without a blank at either end, which Garage would cut off",
    todo: "Write such a text, or leave it out",
};

/** What Garage removes by itself; each rule has a name, by which it is found again. */
export function readLifecycle(reader: Reader, value: unknown): LifecycleSpec[] | undefined {
    const ids: string[] = [];
    const rules = reader.list("lifecycle", value).flatMap((each, index) => {
        const at = `lifecycle[${index}]`;
        const args = reader.options(at, missing(each) ? {} : each, "lifecycle.*");
        if (!args) return [];
        const prefix = reader.text(`${at}.prefix`, args.prefix, LINE) ?? "";
        const id =
            reader.text(`${at}.id`, args.id, { ...LINE, longest: 255 }) ?? (prefix === "" ? "everything" : prefix);
        const days = (name: string) =>
            reader.integer(`${at}.${name}`, args[name], 1, LONGEST_DAYS, "a whole number of days");
        const [expireAfterDays, abortUploadsAfterDays] = [days("expireAfterDays"), days("abortUploadsAfterDays")];
        checkScope(reader, at, args);
        if (missing(args.expireAfterDays) && missing(args.abortUploadsAfterDays))
            reader.complain(at, {
                given: "A rule without days",
                what: "does nothing",
                allowed: "expireAfterDays, abortUploadsAfterDays, or both",
                todo: "Add one of them, or take the rule out",
            });
        if (ids.includes(id))
            reader.complain(at, {
                given: showValue(id),
                what: "is the name of another rule too (by default a rule's prefix)",
                allowed: "a name of its own for each rule",
                todo: `Put both into one rule, or give this one an id: { id: "…", … }`,
            });
        ids.push(id);
        return [
            {
                id,
                prefix,
                ...(expireAfterDays === undefined ? {} : { expireAfterDays }),
                ...(abortUploadsAfterDays === undefined ? {} : { abortUploadsAfterDays }),
            },
        ];
    });
    return rules.length === 0 ? undefined : rules;
}

/** A prefix that was forgotten, or came out of a configuration as nothing, must not be one that fits every object. */
function checkScope(reader: Reader, at: string, args: Record<string, unknown>): void {
    const everything = reader.flag(`${at}.everything`, args.everything);
    const allowed =
        'prefix: "tmp/" for the objects whose keys begin so; everything: true for all objects of the bucket';
    if (everything && !missing(args.prefix))
        reader.complain(`${at}.everything`, {
            given: "A rule for all objects",
            what: "has a prefix too",
            allowed,
            todo: "Take one of them out",
        });
    if (!everything && missing(args.prefix) && !missing(args.expireAfterDays))
        reader.complain(`${at}.prefix`, {
            given: "A rule that deletes objects",
            what: "doesn't say which: it would be every object of the bucket",
            allowed,
            todo: "Write the prefix, or say that all are meant",
        });
}

/** Garage compares an origin letter by letter: what a browser never sends would never fit. */
const ORIGIN: TextRule = {
    pattern: /^(\*|null|[a-z][a-z0-9+.-]*:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?)$/,
    allowed:
        '"https://example.org" or "http://localhost:8080" as browsers send it: in lower case, without user, password, path, or "/" at its end; or "*" alone for all',
    todo: "Write each origin out: Garage knows no wildcard inside of one, and a page's credentials have no place in it",
};

const METHOD: TextRule = {
    pattern: /^(GET|HEAD|PUT|POST|DELETE|\*)$/,
    allowed: '"GET", "HEAD", "PUT", "POST", "DELETE", or "*" alone for all',
    todo: "Write those in upper case",
};

const HEADER: TextRule = {
    pattern: /^(\*|[A-Za-z0-9!#$%&'+.^_`|~-]+)$/,
    longest: 255,
    allowed: 'the name of a header, like "content-type"; or "*" alone for all',
    todo: "Write its name only; Garage knows no wildcard inside of one",
};

export function readCors(reader: Reader, value: unknown): CorsSpec[] | undefined {
    const rules = reader.list("cors", value).flatMap((each, index) => {
        const at = `cors[${index}]`;
        const args = reader.options(at, missing(each) ? {} : each, "cors.*");
        if (!args) return [];
        const some = (name: string, rule: TextRule, needed: boolean) => {
            const texts = reader.texts(`${at}.${name}`, args[name], rule);
            checkList(reader, `${at}.${name}`, args[name], { texts, rule, needed });
            return texts;
        };
        const origins = some("origins", ORIGIN, true);
        const methods = some("methods", METHOD, true);
        const headers = [...new Set(some("headers", HEADER, false).map((name) => name.toLowerCase()))];
        const exposeHeaders = some("exposeHeaders", HEADER, false);
        const path = `${at}.maxAgeSeconds`;
        const maxAgeSeconds = reader.integer(path, args.maxAgeSeconds, 0, 86_400, "a whole number of seconds");
        return [
            { origins, methods, headers, exposeHeaders, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) },
        ];
    });
    checkOrigins(reader, rules);
    return rules.length === 0 ? undefined : rules;
}

interface Listed {
    texts: string[];
    rule: TextRule;
    needed: boolean;
}

function checkList(reader: Reader, path: string, given: unknown, { texts, rule, needed }: Listed): void {
    if (needed && (missing(given) || (Array.isArray(given) && given.length === 0)))
        reader.complain(path, {
            given: "Nothing",
            what: "is allowed by a rule without it",
            allowed: rule.allowed,
            todo: "Name one, or take the rule out",
        });
    if (texts.includes("*") && texts.length > 1)
        reader.complain(path, {
            given: '"*" beside others',
            what: "allows all already",
            allowed: rule.allowed,
            todo: 'Take "*" out, or all others',
        });
}

/** Of two rules for one origin Garage takes the first that fits: the other one would be a surprise. */
function checkOrigins(reader: Reader, rules: CorsSpec[]): void {
    const seen: string[] = [];
    rules.forEach(({ origins, methods }, index) => {
        for (const origin of origins)
            for (const method of methods) {
                const word = `${method} from ${origin}`;
                if (seen.includes(word)) twice(reader, `cors[${index}]`, word);
                seen.push(word);
            }
    });
}
