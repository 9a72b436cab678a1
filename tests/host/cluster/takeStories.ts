import { strict as assert } from "node:assert";
import { GENERATION, type TakeHost } from "./takeHost";

/** Of a container: what it is called in messages, and what the engine says of it before and after. */
interface Container {
    old: string;
    kept: string;
    away: string;
}

/** Ours doesn't start (by `word` of the fake), so the old service runs again, all as it was; the next call takes it over. */
export function goesBack(host: TakeHost, canary: string, word: string, container?: Container): void {
    const before = host.old();
    host.world.write(`fake/starts/${GENERATION}`, `${word}\n`);
    const ran = host.take(canary);
    assert.equal(ran.code, 1);
    const old = (container?.old ?? host.unit).replace(".", "\\.");
    assert.match(ran.stderr, new RegExp(`The old service \\(${old}\\) runs again and is healthy.*\\[adopt-failed\\]`));
    assert.deepEqual([host.old(), host.runs()], [before, "old"]);
    assert.deepEqual([host.ledger("adopted"), host.ledger("act"), host.ledger("generation")], [["waiting"], [], []]);
    if (container) assert.equal(host.container(), container.kept);
    host.world.remove(`fake/starts/${GENERATION}`);
    assert.equal(host.take(canary).code, 0);
    if (container) assert.equal(host.container(), container.away);
}

/** Taken over and set back, all is as it was, and it can be taken over again. */
export function comesBack(host: TakeHost, container?: string): void {
    const before = host.old();
    assert.equal(host.take().code, 0);
    host.world.remove("fake/acts");
    const ran = host.untake('find_dead() { echo "stop noticed" >>"$FAKE/acts"; }');
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, "back\n");
    assert.match(
        ran.stderr,
        /back on (\S+\.service|the container garaged of docker|what its startCommand starts), as it was · .* s$/m,
    );
    assert.deepEqual([host.old(), host.runs()], [before, "old"]);
    if (container) assert.equal(host.container(), container);
    const ledger = ["adopted", "act", "generation", "before"].map((key) => host.ledger(key).join());
    assert.deepEqual(ledger, ["waiting", "", "", ""]);
    const acts = host.world.acts().filter((act) => /^(start|stop)/.test(act));
    assert.deepEqual(acts, ["stop", "stop noticed", "start old"]);
    assert.equal(host.take().code, 0);
    assert.equal(host.runs(), GENERATION);
}
