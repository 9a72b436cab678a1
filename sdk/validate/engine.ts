import { DbEngine } from "../args";
import { parseCapacity } from "../garage/capacity";
import type { Series } from "../policy";
import { seriesBetween } from "../policy/series";
import { showValue } from "../showValue";
import type { Reader, Table } from "./reader";

/** Which engines a series reads (garage-facts: config.rs and db/open.rs). fjall is too young to be offered. */
function enginesOf(series: Series): readonly `${DbEngine}`[] {
    if (series === "0.7") return ["sled"];
    return seriesBetween("1", series) >= 0 ? ["lmdb", "sqlite"] : ["lmdb", "sqlite", "sled"];
}

export function readEngine(reader: Reader, args: Table, stateVersion?: Series, series?: Series): `${DbEngine}` {
    const engine = reader.choice("dbEngine", args.dbEngine, Object.values(DbEngine));
    if (engine === undefined) {
        if (stateVersion === "0.7" && series === "0.8") {
            reader.warnings.push(
                'dbEngine: the data stay on sled in this major upgrade, while the default from stateVersion "0.8" on is lmdb. Write dbEngine: "sled" now; once stateVersion is moved, dbEngine: "lmdb" converts them.',
            );
        }
        return stateVersion === "0.7" ? "sled" : "lmdb";
    }
    if (series && !enginesOf(series).includes(engine)) {
        const leaves = engine === "sled" && stateVersion === "0.9" && series === "1";
        reader.complain("dbEngine", {
            given: `"${engine}"`,
            what: `can't be read by Garage ${series}`,
            allowed: enginesOf(series)
                .map((each) => `"${each}"`)
                .join(", "),
            todo: leaves
                ? 'Set dbEngine: "lmdb"; the major upgrade converts the databases on its way'
                : "Name the engine that the data are on, or leave dbEngine out for a new cluster",
        });
    }
    return engine;
}

const BLOCK = {
    pattern: /[A-Za-z]$/,
    longest: 32,
    allowed: 'a size from "64K" to "1G", with its unit',
    todo: 'Write one like "1M" or "10MiB", in quotes',
};

export function readBlockSize(reader: Reader, args: Table): number | undefined {
    const text = reader.text("blockSize", args.blockSize, BLOCK);
    if (text === undefined) return undefined;
    const bytes = parseCapacity(text);
    if (bytes !== undefined && bytes >= 64e3 && bytes <= 1024 ** 3) return bytes;
    return reader.complain("blockSize", {
        given: showValue(text),
        what: bytes === undefined ? "is no size" : "is out of range",
        ...BLOCK,
    });
}

/** zstd's own range as Garage documents it. */
export function readCompression(reader: Reader, args: Table): number | undefined {
    return reader.integer("compressionLevel", args.compressionLevel, -99, 22, "a whole number (0: zstd's own default)");
}
