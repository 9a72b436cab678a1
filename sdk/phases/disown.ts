import * as pulumi from "@pulumi/pulumi";
import { ANSWERS } from "./answer";
import { type Base, living } from "./cluster";
import { again, hostLines } from "./host";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import { commonLines, sheet } from "./sheet";

/** All nodes are back on their services of before: claim, ledger and tool go from every host. */
export function disown(cluster: Base, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const tool = hostTool();
    return living(cluster).map((node) =>
        hostCommand(cluster.parent, {
            name: `${cluster.name}-disown-${node.name}`,
            node,
            create: `bash -s -- disown ${node.name} tool=${tool.toolId}${again(node)}`,
            stdin: pulumi.secret(sheet(commonLines(cluster, node), hostLines(cluster)).apply(tool.script)),
            answers: ANSWERS.disown,
            dependsOn,
        }),
    );
}
