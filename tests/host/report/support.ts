import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jqEach } from "../jq";

// Garage's answers as they were captured from real clusters, read by garage.jq. What later releases of a series print isn't proven here.

const FIXTURES = join(__dirname, "..", "cluster", "fixtures");
export const SERIES = { "0.7.0": "0.7", "0.8.7": "0.8", "0.9.4": "0.9", "1.3.0": "1", "2.5.0": "2" } as const;
export type Release = keyof typeof SERIES;
export const RELEASES = Object.keys(SERIES) as Release[];

export interface Read {
    question: string;
    series: string;
    text: string;
}

export const captured = (release: Release, file: string) => readFileSync(join(FIXTURES, release, file), "utf8");
export const has = (release: Release, file: string) => existsSync(join(FIXTURES, release, file));
export const of = (release: Release, question: string, file: string): Read => ({
    question,
    series: SERIES[release],
    text: captured(release, file),
});

/** A part of a document, or null where the answer isn't understood. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, looked at by exact values.
export const read = (rows: Read[]): any[] => jqEach(". as $row | .text | part_of($row.question; $row.series)", rows);

export const FILES: Record<Release, Record<string, string>> = {
    "0.7.0": { status: "status", through: "stats-a", stats: "stats", items: "stats-d", layout: "layout-show" },
    "0.8.7": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats-detailed",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        health: "v0-health",
    },
    "0.9.4": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats-detailed",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        roles: "v1-layout",
        health: "v1-health",
    },
    "1.3.0": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        roles: "v1-layout",
        health: "v1-health",
        history: "layout-history",
    },
    "2.5.0": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "json-api-GetClusterLayout",
        health: "json-api-GetClusterHealth",
        history: "layout-history",
    },
};
for (const release of RELEASES) {
    FILES[release].buckets = release === "2.5.0" ? "json-api-ListBuckets" : "bucket-list";
    FILES[release].keys = "key-list";
}

export interface Answer {
    text: string;
    code: number;
}

/** Whole documents, with an exit code for each question. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export const documents = (rows: { series: string; answers: Record<string, Answer> }[]): any[] =>
    jqEach('daemon(.answers; .series; {cli: "20", count: "600"})', rows);

export const said = (text: string, code = 0): Answer => ({ text, code });
