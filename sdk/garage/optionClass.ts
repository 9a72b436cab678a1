/**
 * What a change of an option does to a cluster that runs: *rolling* restarts the nodes one after the other; *converting*
 * converts each node's database on the way; *together* needs all nodes at once, *refused* can't be done (both are
 * refused, the first until there is a procedure for it); *none* restarts nothing.
 */
export type OptionClass = "rolling" | "converting" | "together" | "refused" | "none";

const ssh = {
    host: "none",
    port: "none",
    user: "none",
    privateKey: "none",
    privateKeyPassword: "none",
    agentSocketPath: "none",
    hostKey: "none",
} as const;

const perArchitecture = { x86_64: "rolling", aarch64: "rolling" } as const;

/** Every option of args.ts by its path; `*` stands for a node's name or a place in a list. */
export const OPTION_CLASS: Readonly<Record<string, OptionClass>> = {
    stateVersion: "none",
    version: "rolling",
    replicationFactor: "together",
    consistencyMode: "rolling",
    nodes: "none",
    ...below("nodes.*", {
        zone: "none",
        capacity: "none",
        gateway: "none",
        tags: "none",
        rpcPublicAddr: "none",
        ssh: "refused",
        container: "refused",
        aws: "refused",
        reapply: "none",
        replace: "none",
        adopt: "none",
    }),
    ...below("nodes.*.adopt", { stopCommand: "none", startCommand: "none" }),
    ...below("nodes.*.ssh", { ...ssh, proxy: "none" }),
    ...below("nodes.*.ssh.proxy", ssh),
    ...below("nodes.*.container", { image: "refused", volumes: "refused" }),
    ...below("nodes.*.aws", {
        subnetId: "refused",
        instanceType: "rolling",
        dataVolumeSizeGiB: "none",
        metadataVolumeSizeGiB: "none",
        dataVolumeIops: "none",
        dataVolumeThroughput: "none",
        metadataVolumeIops: "none",
        metadataVolumeThroughput: "none",
        amiId: "rolling",
        publicIp: "none",
        metadataVolumeId: "refused",
        dataVolumeId: "refused",
        renew: "rolling",
        tags: "none",
    }),
    aws: "none",
    ...below("aws", {
        adminCidrs: "none",
        clientCidrs: "none",
        peerCidrs: "none",
        loadBalancer: "none",
        loadBalancerPublic: "none",
        privateKey: "none",
        proxy: "none",
        tags: "none",
        kmsKeyArn: "none",
    }),
    ...below("aws.proxy", ssh),

    rpcPort: "together",
    s3Port: "rolling",
    webPort: "rolling",
    adminPort: "rolling",
    rpcBindAddress: "rolling",
    s3BindAddress: "rolling",
    webBindAddress: "rolling",
    adminBindAddress: "rolling",
    s3Region: "rolling",
    s3RootDomain: "rolling",
    webRootDomain: "rolling",

    metadataDir: "refused",
    dataDir: "refused",
    dataDirs: "rolling",
    ...below("dataDirs.*", { path: "refused", capacity: "rolling", readOnly: "rolling" }),
    backupsDir: "none",
    dbEngine: "converting",
    blockSize: "rolling",
    compressionLevel: "rolling",
    logLevel: "rolling",
    settings: "rolling",
    binary: "rolling",
    ...below("binary", { baseUrl: "rolling", url: "rolling", path: "rolling", sha256: "rolling" }),
    ...below("binary.url", perArchitecture),
    ...below("binary.path", perArchitecture),
    ...below("binary.sha256", perArchitecture),

    clusterId: "refused",
    rpcSecret: "together",
    rpcSecret08: "together",
    adminToken: "together",
    metricsToken: "together",

    without: "none",
    rollOrder: "none",
    skipChecks: "none",
    healthTimeoutSeconds: "none",
    stopGraceSeconds: "none",
    downloadTimeoutSeconds: "none",
    drainTimeoutSeconds: "none",
    repairTimeoutSeconds: "none",
    countTimeoutSeconds: "none",
    allowPatchDowngrade: "none",
    beforeStop: "none",
    afterStart: "none",
    hookTimeoutSeconds: "none",
    startTimeoutSeconds: "none",
    cliTimeoutSeconds: "none",
    settleSeconds: "none",
    lockTimeoutSeconds: "none",
    majorUpgrade: "none",
    ...below("majorUpgrade", { strategy: "none", drain: "none", deepChecks: "none" }),
    adopt: "none",
    ...below("adopt", { seen: "none", back: "none", tagNodes: "none" }),
};

/** The names of the options right below a path ("" for the top): `optionsAt("nodes.*.ssh")`. */
export function optionsAt(path: string): string[] {
    return namesBelow(Object.keys(OPTION_CLASS), path);
}

/** Of all these paths the names right below one. */
export function namesBelow(paths: readonly string[], path: string): string[] {
    const prefix = path === "" ? "" : `${path}.`;
    return paths
        .filter((each) => each.startsWith(prefix))
        .map((each) => each.slice(prefix.length))
        .filter((name) => !name.includes("."));
}

function below(path: string, classes: Record<string, OptionClass>): Record<string, OptionClass> {
    return Object.fromEntries(Object.entries(classes).map(([name, value]) => [`${path}.${name}`, value]));
}
