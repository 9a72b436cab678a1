import { S3Client } from "@aws-sdk/client-s3";
import type { Bed } from "./bed";
import type { KeyOutputs } from "./clusterProject";

/** An S3 client of one node with a key of the program; it tries once, so that a test sees every refusal. */
export function clientOf(bed: Bed, node: string, { accessKeyId, secretAccessKey }: KeyOutputs): S3Client {
    return new S3Client({
        endpoint: `http://${bed.hosts[node]!.address}:3900`,
        region: "garage",
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
    });
}

/** What a request comes to: "ok", or the status by which S3 refuses it. */
export async function outcome(request: Promise<unknown>): Promise<string> {
    try {
        await request;
        return "ok";
    } catch (error) {
        const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
        return `${$metadata?.httpStatusCode ?? name}`;
    }
}

/** A page of the web server, by the name in the request. */
export async function page(bed: Bed, node: string, host: string, path = "/"): Promise<string> {
    const { stdout } = await bed.try(
        node,
        `curl -s -o - -w ' %{http_code}' -H 'Host: ${host}' 'http://127.0.0.1:3902${path}'`,
    );
    return stdout.trim();
}

/** What a browser asks first, and which origin it is told; a refusal of Garage's has one too, which means nothing. */
export async function preflight(
    bed: Bed,
    node: string,
    bucket: string,
    origin: string,
    method: string,
): Promise<string> {
    const answer = await fetch(`http://${bed.hosts[node]!.address}:3900/${bucket}/any`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": method, "access-control-request-headers": "content-type" },
    });
    await answer.text();
    return answer.ok ? `${answer.headers.get("access-control-allow-origin")}` : `${answer.status}`;
}
