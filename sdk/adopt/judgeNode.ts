import { CHECKSUMS } from "../garage/checksums";
import type { Architecture } from "../spec";
import type { Found } from "./cluster";
import { KEEPER_RULES } from "./judgeKeeper";
import { note, type Rule, refuses, stops } from "./nodeRule";
import type { Reason } from "./seen";

/** What stands in one node's way, whatever the others are like. */
export function judgeNode(node: Found): Reason[] {
    return RULES.flatMap((rule) => {
        const reason = rule(node);
        return reason === undefined ? [] : [{ ...reason, where: node.name }];
    });
}

/** What runs there is this package's own. */
export function isOurs({ process: { exe } }: Found): boolean {
    return exe?.startsWith("/opt/garage/") === true;
}

const claimed: Rule = (node) => {
    if (node.look.host.claim === null) return undefined;
    return isOurs(node)
        ? stops(
              "adopt-claimed",
              "this package looks after it already",
              "Use the program of its stack; garage-node status names it",
          )
        : note(
              "adopt-claimed",
              "this package has claimed it, and the Garage of before runs there: a takeover stands half-way",
              "Go on with the program that began it",
          );
};

const flags: Rule = ({ process }) => {
    const known = ["server", "-c", "--config", "-s"];
    const secrets = /^--(rpc-secret|admin-token|metrics-token)(-file)?$/;
    const odd = process.words.filter(
        (word, at) =>
            !known.includes(word) &&
            !secrets.test(word) &&
            !word.startsWith("--config=") &&
            word !== "--allow-world-readable-secrets" &&
            !["-c", "--config", "-s"].includes(process.words[at - 1] ?? "") &&
            !secrets.test(process.words[at - 1] ?? ""),
    );
    return odd.length === 0
        ? undefined
        : stops("adopt-flags", `it is started with ${odd.join(" ")}, which no option says`, "Start it without");
};

/** Series 2 tells by RPC what these tell by the admin API alone; 0.7 not at all. */
const adminSilent: Rule = ({ configuration, node: { marks }, series }) =>
    ["0.8", "0.9", "1"].includes(series) && (configuration.off.includes("admin") || marks.admin_token === undefined)
        ? refuses(
              "adopt-admin-silent",
              `its admin API is off, or has no admin_token, and on series ${series} nothing else tells whether the cluster is whole`,
              "Give all nodes api_bind_addr and the same admin_token in the section [admin], and restart one after the other",
          )
        : undefined;

const noSecret: Rule = ({ node: { marks } }) =>
    marks.rpc_secret === undefined
        ? stops(
              "adopt-no-secret",
              "its rpc_secret is found nowhere, so it can't be asked",
              "Give it by garage.toml, a file or the environment",
          )
        : undefined;

const replaced: Rule = ({ process }) =>
    process.replaced
        ? refuses(
              "adopt-binary-replaced",
              `${process.exe} isn't the file that runs any more: another one would start`,
              "Restart the daemon on the release that you want, then inspect again",
          )
        : undefined;

const newerConfiguration: Rule = ({ process: { config, start } }) =>
    config.changed !== null && start !== null && config.changed > start + 1
        ? refuses(
              "adopt-config-newer",
              `${config.path} was written after the daemon had started, so it may run by another one`,
              "Restart the daemon, then inspect again",
          )
        : undefined;

const engines: Rule = ({ node, configuration }) => {
    const says = node.daemon?.engine;
    if (node.engines.length > 1)
        return (says === undefined ? stops : refuses)(
            "adopt-two-engines",
            `its metadata directory holds databases of ${node.engines.join(" and ")}; the daemon uses ${says ?? "one of them, and doesn't say which"}`,
            "Move the one that isn't used aside",
        );
    const [found] = node.engines;
    if (found === undefined)
        return stops(
            "adopt-no-database",
            "there is no database in its metadata directory",
            "Find out where the daemon keeps it",
        );
    const other = [says, configuration.engine].find((each) => each !== undefined && each !== found);
    return other === undefined
        ? undefined
        : refuses(
              "adopt-engine-differs",
              `its metadata directory holds a database of ${found}, and the daemon or its configuration says ${other}`,
              "Find out which of them has the data",
          );
};

const directories: Rule = ({ node }) => {
    const missing = node.directories.filter(({ there }) => !there).map(({ path }) => path);
    return missing.length === 0
        ? undefined
        : stops("adopt-directory-unseen", `${missing.join(" and ")} isn't there on the host`, "Find out where it lies");
};

const owners: Rule = ({ node }) => {
    const mixed = node.directories.filter(({ owners: all = [] }) => all.length > 1);
    return mixed.length === 0
        ? undefined
        : refuses(
              "adopt-owners-mixed",
              mixed.map(({ path, owners: all = [] }) => `${path} holds files of ${all.join(" and ")}`).join("; "),
              "Give all of it to the user that the daemon runs as, the daemon being stopped",
          );
};

const silent: Rule = ({ node: { daemon } }) => {
    if (daemon !== null && daemon.errors.length === 0) return undefined;
    const words = daemon?.errors.map(({ question, why }) => `${question}: ${why}`).join(", ");
    return refuses(
        "adopt-silent",
        `it doesn't say all of itself${words ? ` (${words})` : ""}`,
        "Its journal may say why; wait, and inspect again",
    );
};

const errors: Rule = ({ node: { daemon } }) => {
    const waiting = daemon?.blockErrors?.needed ?? daemon?.queues?.resyncErrors ?? 0;
    return waiting === 0
        ? undefined
        : refuses(
              "adopt-resync-errors",
              `${waiting} blocks could not be brought in`,
              "garage block list-errors; bring them in, or give them up, first",
          );
};

/** A worker that fails at each try; what failed once and then went well is history. */
const workers: Rule = ({ node: { daemon } }) => {
    const failing = daemon?.workers?.filter(({ consecutive }) => consecutive > 0) ?? [];
    return failing.length === 0
        ? undefined
        : refuses(
              "adopt-worker-errors",
              `workers fail: ${failing.map(({ name, consecutive }) => `${name} (${consecutive} times)`).join(", ")}`,
              "garage worker list -e says why",
          );
};

/** Told by series 2 alone without the admin API. */
const partitions: Rule = ({ node: { daemon } }) => {
    const { all = 0, ok = 0 } = daemon?.partitions ?? {};
    return ok >= all
        ? undefined
        : refuses("adopt-partitions", `${all - ok} of ${all} partitions lack a copy`, "Get all nodes to answer first");
};

const tokens: Rule = ({ node: { marks } }) => {
    const unfit = Object.keys(marks).filter((each) => each.endsWith(".unfit"));
    return unfit.length === 0
        ? undefined
        : refuses(
              "adopt-token-unfit",
              `its ${unfit.map((each) => each.replace(".unfit", "")).join(" and ")} has less than 16 characters, or others than letters, digits and "._~+/=-"`,
              "Give all nodes another one",
          );
};

const custom: Rule = ({ process: { release, sha256, exe, keeper }, look: { host } }) => {
    const known = release === null ? undefined : CHECKSUMS[release]?.[host.arch as Architecture];
    return known === undefined || known === sha256
        ? undefined
        : refuses(
              "adopt-custom-build",
              `its binary isn't the official one of ${release}`,
              `Give the program the very file that runs by binary.path${keeper.container?.name ? ` (${keeper.container.engine} cp ${keeper.container.name}:${exe} garage)` : ""}, or go to the official build first`,
          );
};

const off: Rule = ({ configuration }) => {
    const names = configuration.off;
    return names.length === 0
        ? undefined
        : note(
              "adopt-service-off",
              `${names.join(" and ")} is off there; this package always has it, so the program has it listen on the host itself only`,
              "Nothing, unless that port is taken",
          );
};

/** 0.7.0 knows neither. */
const tokensMissing: Rule = ({ configuration, node: { marks }, series }) => {
    const missing = ["admin_token", "metrics_token"].filter((each) => marks[each] === undefined);
    return missing.length === 0 || series === "0.7" || configuration.off.includes("admin")
        ? undefined
        : note(
              "adopt-tokens-missing",
              `its admin API has no ${missing.join(" and no ")}; this package makes one${missing.includes("metrics_token") ? ", and /metrics asks for it then" : ""}`,
              "Name adminToken and metricsToken in the program, should you want others",
          );
};

const RULES: readonly Rule[] = [
    ...[claimed, flags, directories, noSecret],
    ...KEEPER_RULES,
    ...[adminSilent, replaced, newerConfiguration, engines, owners, silent, errors, workers, partitions, tokens],
    ...[custom],
    ...[off, tokensMissing],
];
