import { newestOf } from "../../sdk/policy";
import { say, tryRun } from "../shell";
import { containerScript, engineCommand } from "../tools/containerEngine";
import { prepare } from "../tools/prepare";
import { localNodes } from "./localNodes";
import { alone, LABEL, LocalStack, STACK } from "./stack";

const MIRROR_IN_CONTAINER = "file:///srv/garage-mirror";

interface Outputs {
    s3Endpoints?: Record<string, string>;
    accessKeyId?: string;
    bucket?: string;
    version?: string;
}

/** `npm start`: three nodes in containers on this machine. */
export async function start(): Promise<boolean> {
    const toolchain = await prepare({
        garage: [newestOf("2")],
        hostsMayDownload: true,
        yaml: "at hand",
        containers: true,
    });
    const stack = new LocalStack(toolchain);
    return alone(stack, async () => {
        const woken = await containerScript("wake", LABEL);
        process.stderr.write(woken.stderr);
        if (woken.code !== 0) return false;
        await stack.pulumiOrFail("stack", "select", "--create", STACK);
        await stack.setConfig("binaryBaseUrl", toolchain.mirrorDir && MIRROR_IN_CONTAINER);
        await stack.setConfig("mirrorDir", toolchain.mirrorDir);
        await makeAnew(stack);
        say(`pulumi up of the project ${LABEL}`);
        const { code } = await stack.pulumi(["up", "--yes", "--skip-preview", "--stack", STACK], { show: true });
        if (code !== 0) {
            say(
                "not finished; the reason stands above. `npm start` goes on from here, `npm run stop` removes everything",
            );
            return false;
        }
        if (!(await stack.lastUpdateChanged())) say("Nothing changed.");
        print(JSON.parse(await stack.pulumiOrFail("stack", "output", "--json", "--stack", STACK)));
        return true;
    });
}

/** Has the containers that are gone made anew by `pulumi up`, which sees nothing of it by itself. Their volumes hold the nodes. */
async function makeAnew(stack: LocalStack): Promise<void> {
    for (const { name, container, there } of await localNodes()) {
        if (there) continue;
        if ((await tryRun(await engineCommand(), ["volume", "inspect", `${container}-garage`])).code !== 0) {
            throw new Error(`${container} is gone, and so are its data: npm run stop removes the rest, then npm start`);
        }
        say(`${container} is gone: it is made anew; its data are still there`);
        await stack.setConfig(`reapply.${name}`, new Date().toISOString());
    }
}

function print({ s3Endpoints = {}, accessKeyId, bucket, version }: Outputs): void {
    const endpoints = Object.entries(s3Endpoints);
    const first = endpoints[0]?.[1] ?? "";
    console.log(`
Garage ${version} is running. S3 endpoints (region garage):
${endpoints.map(([node, url]) => `  ${node.padEnd(12)} ${url}`).join("\n")}

Bucket "${bucket}", key ${accessKeyId}. To use Pulumi on this stack, and to see the secret key:
  . .local/env
  pulumi stack output secretAccessKey --show-secrets

To try it:
  . .local/env; export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=$(pulumi stack output secretAccessKey --show-secrets)
  aws --endpoint-url ${first} --region garage s3 cp README.md s3://${bucket}/
  curl -sS -w 'HTTP %{http_code}\\n' --aws-sigv4 aws:amz:garage:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -T README.md ${first}/${bucket}/

npm run status shows the nodes, npm run stop removes containers and data.`);
}
