import { SECRET_KEYS } from "../garage/secretKeys";
import type { Cluster, Found } from "./cluster";
import type { Reason } from "./seen";

type Rule = (cluster: Cluster) => Reason[];

const list = (words: readonly string[]) => words.join(", ");

/** What stands in the way of all of them together. */
export function judgeCluster(cluster: Cluster): Reason[] {
    return cluster.nodes.length === 0 ? [] : RULES.flatMap((rule) => rule(cluster));
}

const sameNode: Rule = ({ nodes }) =>
    nodes.flatMap((node, index) => {
        const other = nodes.slice(0, index).find(({ id }) => id === node.id);
        return other === undefined
            ? []
            : stop(
                  "adopt-same-node",
                  `${node.reach.target} and ${other.reach.target} are one node, ${node.id.slice(0, 16)}`,
                  "Name each host once",
              );
    });

/** Of a node that none of the others knows: it is another cluster's. */
const oneCluster: Rule = ({ nodes, layout }) => {
    const roles = new Set(layout?.roles.map(({ id }) => id));
    const others = nodes.filter((node) => !node.layout.roles.some(({ id }) => roles.has(id)));
    if (others.length > 0)
        return stop(
            "adopt-not-one-cluster",
            `${list(names(others))}: of another cluster than the others`,
            "Inspect each cluster by itself",
        );
    const roleless = nodes.filter(({ id }) => !roles.has(id));
    return roleless.length === 0
        ? []
        : stop(
              "adopt-no-role",
              `${list(names(roleless))}: no role in the layout`,
              "Give it one, or don't name its host",
          );
};

const allThere: Rule = ({ nodes, layout, hosts }) => {
    // A host that isn't understood has a reason of its own, and may be one of them.
    if (nodes.length < hosts.length) return [];
    const missing = (layout?.roles ?? []).filter(({ id }) => !nodes.some((node) => node.id === id));
    return missing.length === 0
        ? []
        : stop(
              "adopt-nodes-missing",
              `the layout has ${missing.length} more: ${list(missing.map(({ id, zone }) => `${id.slice(0, 16)} in ${zone}`))}`,
              "Name the hosts of all nodes: a program without one would take it out of the layout",
          );
};

const oneRelease: Rule = ({ nodes }) => {
    const said = nodes.map(({ name, process }) => `${name} ${process.release}`);
    return new Set(nodes.map(({ process }) => process.release)).size > 1
        ? stop("adopt-releases-mixed", `not one release: ${list(said)}`, "Bring all nodes to the highest of them")
        : [];
};

const oneSecret: Rule = ({ nodes }) =>
    [...new Set(Object.values(SECRET_KEYS))].flatMap((name) =>
        new Set(nodes.map(({ node }) => node.marks[name])).size > 1
            ? stop(
                  "adopt-secrets-differ",
                  `not all nodes have the same ${name}, or not all have one`,
                  "Give all nodes the same",
              )
            : [],
    );

const layoutSettled: Rule = ({ nodes, layout }) => {
    const reasons: Reason[] = [];
    const versions = nodes.map((node) => `${node.name} has ${node.layout.version}`);
    if (new Set(nodes.map((node) => node.layout.version)).size > 1)
        reasons.push(
            ...refuse(
                "adopt-layout-behind",
                `not all nodes have the same layout: ${list(versions)}`,
                "Wait, and inspect again",
            ),
        );
    if (nodes.some((node) => node.layout.staged || node.node.daemon?.layout?.staged === true))
        reasons.push(
            ...refuse(
                "adopt-layout-staged",
                "changes of the layout are staged",
                "garage layout apply, or layout revert",
            ),
        );
    // One storage node never ends its old version, and has nothing to move.
    const storage = layout?.roles.filter(({ capacity }) => capacity !== null).length ?? 0;
    if (storage > 1 && nodes.some((node) => node.layout.live > 1))
        reasons.push(
            ...refuse(
                "adopt-layout-draining",
                "data still move by the last change of the layout",
                "Wait until garage layout history shows one version",
            ),
        );
    return reasons;
};

/** Every node gets an answer through every other one. */
const allSeen: Rule = ({ nodes, layout }) => {
    const wanted = (layout?.roles ?? []).map(({ id }) => id.slice(0, 16));
    const blind = nodes.flatMap(({ name, node: { daemon } }) => {
        const missing = wanted.filter((id) => !daemon?.answersThrough?.includes(id));
        return daemon !== null && missing.length > 0 ? [`${name} gets no answer of ${list(missing)}`] : [];
    });
    return blind.length === 0 ? [] : refuse("adopt-not-healthy", list(blind), "Get all nodes to see each other first");
};

const redundancy: Rule = ({ layout }) =>
    layout?.zoneRedundancy === undefined
        ? []
        : [
              {
                  id: "adopt-zone-redundancy",
                  weight: "note",
                  what: `copies lie in at least ${layout.zoneRedundancy} zones; no option says that`,
                  todo: "Nothing: this package leaves it as it is",
              },
          ];

const stop = (id: string, what: string, todo: string): Reason[] => [{ id, weight: "stops", what, todo }];
const refuse = (id: string, what: string, todo: string): Reason[] => [{ id, weight: "refuses", what, todo }];
const names = (nodes: readonly Found[]) => nodes.map(({ name }) => name);

const RULES: readonly Rule[] = [
    sameNode,
    oneCluster,
    allThere,
    oneRelease,
    oneSecret,
    layoutSettled,
    allSeen,
    redundancy,
];
