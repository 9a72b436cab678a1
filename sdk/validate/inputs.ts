import { sameSecret08 } from "../garage/rpcSecret";
import { SERIES, type Series } from "../policy";
import { missing, type Reader, type Table } from "./reader";
import { HEX64 } from "./rules";

/** Both take a cluster up; one alone goes with another one that is made anew. A cluster that is taken over has no id yet. */
function warnOfOneAlone(reader: Reader, args: Table): void {
    const given = ["clusterId", "rpcSecret"].filter((name) => !missing(args[name]));
    if (given.length !== 1 || !missing(args.adopt)) return;
    const other = given[0] === "clusterId" ? "rpcSecret" : "clusterId";
    reader.warnings.push(
        `${given[0]} is given without ${other}, which the stack makes then, or has made: a new cluster comes up with both, but to take up one whose stack was lost give both, as \`sudo garage-node secrets\` shows them on a host.`,
    );
}

function warnOfUnused08(reader: Reader, { stateVersion, rpcSecret08 }: Table): void {
    const older = ["0.7", "0.8"].includes(String(stateVersion));
    if (missing(rpcSecret08) || older || !SERIES.includes(stateVersion as Series)) return;
    reader.warnings.push(
        `rpcSecret08 has no effect any more: the data are of series ${stateVersion}, and only daemons of 0.8 use it. Take it out.`,
    );
}

/** The cluster's id and secrets: usually Outputs; checked where they are plain, and never shown. */
export function checkInputs(reader: Reader, args: Table): void {
    warnOfOneAlone(reader, args);
    warnOfUnused08(reader, args);
    reader.input("clusterId", args.clusterId, {
        pattern: /^[A-Za-z0-9-]{4,64}$/,
        allowed: 'letters, digits and "-", 4 to 64 of them',
        todo: "Give the id that `garage-node status` shows on a host, or leave it out for a new cluster",
        // It is none, but stands beside one.
        secret: true,
    });
    const secrets = ["rpcSecret", "rpcSecret08"].map((name) => {
        reader.input(name, args[name], { ...HEX64, secret: true });
        return args[name];
    });
    const [own, of08] = secrets;
    const same = typeof own === "string" && typeof of08 === "string" ? sameSecret08(own, of08) : undefined;
    if (same !== undefined) reader.problems.push({ path: "rpcSecret08", message: same });
    for (const name of ["adminToken", "metricsToken"]) {
        reader.input(name, args[name], {
            pattern: /^[A-Za-z0-9._~+/=-]{16,}$/,
            allowed: 'at least 16 letters, digits or any of "._~+/=-"',
            todo: "Make one with `openssl rand -hex 32`, or leave it out",
            secret: true,
        });
    }
}
