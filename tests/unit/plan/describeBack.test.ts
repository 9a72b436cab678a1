import assert from "node:assert/strict";
import { describeBack, describeBackNode } from "../../../sdk/plan/describeBack";
import { planFacts } from "../../../sdk/plan/notes";
import { type Made, unit } from "../adopt/support";
import { takeover } from "../adopt/takeover";
import { specOf } from "../support";

const specOfBack = (change?: (made: Made, at: number) => void, more: object = {}) => {
    const { args, seen } = takeover(change);
    return specOf({ ...args, ...more, adopt: { seen, back: true } });
};

describe("what a preview says of a way back", () => {
    it("says the order, what is asked before, and what it doesn't do", () => {
        assert.equal(
            describeBack(planFacts(specOfBack())),
            `The services of before come back, one node at a time: london → paris → rome. S3 stays up.
Each host is asked first, before any daemon is stopped, and refuses where its service of before could not run on the data of now. A node whose turn to be taken over never came stays as it is. Once all nodes are back, claim, ledger and tool go from every host.
What it doesn't do: copy, move or delete an object, or change the layout. A node that doesn't pass stops those after it, and the next pulumi up goes on.`,
        );
    });

    it("says per node what stops, what comes back and starts, and which lines of garage.toml change, no secret among them", () => {
        const change = ({ process, node }: Made, at: number) => {
            if (at !== 0) return;
            process.keeper = unit({ name: "store.service", dynamicUser: true });
            for (const directory of node.directories)
                directory.real = directory.path.replace("/var/lib/", "/var/lib/private/");
        };
        const spec = specOfBack(change, { s3Port: 4000 });
        assert.equal(
            describeBackNode(spec, "london", spec.adopt!.nodes.london!),
            `london (1111111111111111), where it is taken over by now:
  stops: garage.service of this package
  back: store.service, as it was; owners and modes of before (998:998)
  renamed, without a copy: /var/lib/garage/meta → /var/lib/private/garage/meta
  renamed, without a copy: /var/lib/garage/data → /var/lib/private/garage/data
  starts: store.service, Garage 1.3.0 on the same data, by /etc/garage.toml
  garage.toml, by key:
    + admin.admin_token = (not shown)
    - admin.admin_token_file = "/etc/garage-node/secrets/admin_token"
    - admin.metrics_token_file = "/etc/garage-node/secrets/metrics_token"
    - consistency_mode = "consistent"
    + rpc_secret = (not shown)
    - rpc_secret_file = "/etc/garage-node/secrets/rpc_secret"
    - s3_api.api_bind_addr = "[::]:4000"
    + s3_api.api_bind_addr = "[::]:3900"`,
        );
    });
});
