import type { Client } from "ssh2";

/** The parts of ssh2 (1.x) that it keeps to itself: it sends variables, but never asks whether they were taken. */
interface Internals {
    _chanMgr: { _channels: Record<string, { outgoing?: { id: number }; _callbacks: ((failed: unknown) => void)[] }> };
    _protocol: {
        env(channel: number, name: string, value: string, wantReply: boolean): void;
        exec(channel: number, command: string, wantReply: boolean): void;
    };
}

/**
 * Makes the next command on this connection wait until the server has answered for each of its variables. `decide`
 * gets the names of the refused ones and says whether the command may start.
 */
export function askForEachVariable(client: Client, decide: (refused: string[]) => boolean): void {
    const { _chanMgr: channels, _protocol: protocol } = client as unknown as Internals;
    const env = protocol.env.bind(protocol);
    const exec = protocol.exec.bind(protocol);
    const answers: Promise<string[]>[] = [];
    protocol.env = (id, name, value) => {
        const channel = Object.values(channels._channels).find((each) => each.outgoing?.id === id)!;
        answers.push(new Promise((done) => channel._callbacks.push((failed) => done(failed ? [name] : []))));
        env(id, name, value, true);
    };
    protocol.exec = (id, command, wantReply) => {
        Promise.all(answers).then((refused) => {
            if (decide(refused.flat())) {
                exec(id, command, wantReply);
            }
        });
    };
}
