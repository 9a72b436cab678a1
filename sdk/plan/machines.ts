import type { Reason } from "../policy";

/** Which nodes' machines change, by the old and the new lines of their `leave`: the engine comes to those before anything else of the cluster. */
export class Machines {
    readonly changed: string[] = [];
    /** What AWS says where it has no image for a node: by name. */
    readonly noImage = new Map<string, string>();

    /** What to show of it. */
    leave(node: string, oldLine: unknown, newLine: unknown): string | undefined {
        const [old, now] = [oldLine, newLine].map((line) => / ([0-9a-f]{12})$/.exec(String(line))?.[1]);
        if (old === undefined || now === undefined || old === now) return undefined;
        this.changed.push(node);
        return `${node}: its machine changes. Garage is stopped there and its volumes are let go before, it is proven after, and the next machine waits for that.`;
    }

    /** Before a machine is left or made: one that is ended first would leave the node without any. */
    refuseWithoutImage(node: string): void {
        const why = this.noImage.get(node);
        if (why === undefined) return;
        throw new Error(
            `${why} So no machine can be made for ${node}; nothing of it was changed. Name an image that is there by amiId, or put back what would change the machine.`,
        );
    }

    /** Each of the two takes nodes down, and is undone in its own way. */
    together(what: string): Reason[] {
        if (this.changed.length === 0) return [];
        return [
            {
                id: "machines-and-cluster-changed",
                message: `nodes: the machines of ${this.changed.join(", ")} change together with ${what}. One thing at a time: change the machines alone (instanceType, amiId, renew), run \`pulumi up\`, and change the rest afterwards.`,
            },
        ];
    }
}
