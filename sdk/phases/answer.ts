/** The tool says this before its answer (`answer_shown` in sdk/host/lib/answer.sh): a login shell may print on stdout too, before and behind it. */
const MARK = "garage-node answers ";

const RELEASE = String.raw`\d+\.\d+\.\d+`;

/** The forms of what the phases answer, where something is made of it; a procedure's steps have theirs beside them. */
export const ANSWERS = {
    look: /^(same|ours)( \w+)*$/,
    untake: /^back$/,
    disown: /^free$/,
    host: /^[0-9a-f]{64}$/,
    leave: /^[0-9a-f]{12} \w+$/,
    back: /^([0-9a-f]{64}|none)$/,
    stage: new RegExp(String.raw`^\w+ ${RELEASE} (x86_64|aarch64):[0-9a-f]+$`),
    join: /^\w+ \d+ nodes$/,
    layout: /^\d+$/,
    release: new RegExp(`^${RELEASE}$`),
    bucket: /^\{"bucketId":"[0-9a-f]{64}",.*\}$/,
    key: /^\{"accessKeyId":"[^"]+","secretAccessKey":"[^"]+",.*\}$/,
} as const;

export interface Answer {
    text: string;
    /** Where somebody else printed too: for the user. */
    warning?: string;
}

interface Manner {
    /** Nothing of what was printed may be shown: the answer could be in it. */
    secret?: boolean;
    /** What has the Command run again. */
    lever?: string;
}

/** The answer of a Command in all that came on stdout: the one line of its form, a host of an older package says it without the mark. Throws where it isn't in it. */
export function readAnswer(node: string, name: string, form: RegExp, stdout: string, manner: Manner = {}): Answer {
    const lines = stdout.split(/\r?\n/).filter((each) => each.trim() !== "");
    const marked = lines.filter((each) => each.startsWith(MARK));
    const own = (marked.length > 0 ? marked : lines).filter((each) => form.test(unmarked(each))).pop();
    const surplus = lines.filter((each) => each !== own).join("\n");
    if (own === undefined && surplus === "")
        throw new Error(`${name}: ${node} answered nothing. ${again(node, manner)}: all is run there again.`);
    const words = manner.secret ? "(not shown: a secret may be in it)" : shown(surplus);
    const printed = `${node}: the login shell of the SSH user there prints text on stdout: ${words}`;
    const silence = "let its start-up files (.bashrc, .profile, .zshenv) print nothing where there is no terminal";
    if (own === undefined)
        throw new Error(
            `${name}: ${printed}; the answer isn't in it, so nothing was made of it: ${silence}. ${again(node, manner)}.`,
        );
    if (surplus === "") return { text: unmarked(own) };
    return {
        text: unmarked(own),
        warning: `${printed}. The answers were told from it; other programs (sftp, rsync) are confused by it: ${silence}.`,
    };
}

const unmarked = (line: string) => (line.startsWith(MARK) ? line.slice(MARK.length) : line);
const again = (node: string, { lever }: Manner) => `Set ${lever ?? `nodes.${node}.reapply`} to a new text`;

/** A piece of what somebody printed, for one line of a message. */
function shown(surplus: string): string {
    const text = surplus.replace(/[\p{Cc}\s]+/gu, " ").trim();
    return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
