/** What a client has to know. */
interface Client {
    profile: string;
    endpoint: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
}

/**
 * A profile as aws-cli and the SDKs read it from ~/.aws/config. Garage knows buckets by path, and up to series 1 none of the checksums that the
 * SDKs send by themselves since 2025.
 */
export function awsConfig({ profile, endpoint, region, accessKeyId, secretAccessKey }: Client): string {
    return `[profile ${profile}]
region = ${region}
endpoint_url = ${endpoint}
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
request_checksum_calculation = when_required
response_checksum_validation = when_required
s3 =
    addressing_style = path
`;
}
