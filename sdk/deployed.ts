import type { Done } from "./handedBack";
import { type Base, byName, type Cluster, living } from "./phases/cluster";
import { gathered } from "./phases/gathered";
import { host } from "./phases/host";
import { answer } from "./phases/hostCommand";
import { join } from "./phases/join";
import { layout, tagNodes } from "./phases/layout";
import { look, lookAnswers } from "./phases/look";
import { procedure } from "./phases/procedure";
import { release } from "./phases/release";
import { roll } from "./phases/roll";
import { answerLines, peerLines } from "./phases/sheet";
import { stage } from "./phases/stage";
import { start } from "./phases/start";
import { take } from "./phases/take";
import { uploads } from "./phases/uploads";
import { plan } from "./plan/plan";
import type { ChangeHooks } from "./walls/changeHooks";
import { releaseHook } from "./walls/releaseHook";

/** Phase by phase, each behind the one before. */
export function deployed(base: Base, hooks: ChangeHooks): Done {
    const { parent, name, spec, nodes } = base;
    const looked = look(base);
    const hosts = byName(nodes, (node) => host(base, node, looked, hooks.host));
    const ids = byName(nodes, (node) => answer(hosts[node.name]!));
    const known = gathered(base, "peers", peerLines(nodes, ids), Object.values(hosts));
    const cluster: Cluster = { ...base, peers: known.lines };
    const uploaded = uploads(cluster, hosts);
    // What has nothing to undo isn't made for a host that is given up: whatever isn't in the state would be dialled.
    const alive = living(base);
    const stages = byName(alive, (node) =>
        stage(cluster, node, uploaded[node.name]!, lookAnswers(base, looked), [known.all], hooks.stage),
    );
    const consents = byName(alive, (node) => answer(stages[node.name]!));
    const { lines: staged, all: consented } = gathered(
        base,
        "staged",
        answerLines(alive, "line", consents),
        Object.values(stages),
    );
    const starts = byName(alive, (node) => start(cluster, node, staged, [consented]));
    const joined = join(cluster, Object.values(starts));
    const laidOut = layout(cluster, joined, hooks.layout);
    const taken = take(cluster, staged, [laidOut]);
    const tagged = tagNodes(cluster, joined, taken);
    const ready = tagged === undefined ? taken : [tagged];
    const { procedure: asked } = plan(undefined, spec);
    const done = asked === undefined ? ready : procedure(cluster, asked, staged, ready);
    const rolled = roll(cluster, staged, done, hooks.roll);
    const gate = releaseHook(parent, name, spec, hooks);
    const { record, version } = release(cluster, staged, [rolled.at(-1)!], gate);
    return { hosts, ids, last: [record], version, layoutVersion: answer(tagged ?? laidOut).apply(Number) };
}
