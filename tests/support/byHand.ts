import type { Bed } from "./bed";
import { MIRROR } from "./bed";

/** Ways in which people set Garage up without this package. */
export const WAYS = ["dynamic", "root", "own"] as const;
export type Way = (typeof WAYS)[number] | "podman" | "hand";

export interface HandMade {
    release: string;
    /** Hosts, in the order in which they get their ways and zones. */
    hosts: string[];
    ways: Way[];
    /** Those of them that are gateways. */
    gateways?: string[];
    /** Further lines of garage.toml: at its top, and below. */
    top?: string;
    below?: string;
}

const SECRET = "4a5e8b1c".repeat(8);
export const HAND_SECRETS = {
    rpc: SECRET,
    admin: "admin-token-of-this-cluster",
    metrics: "metrics-token-of-this-cluster",
};

/** As in Garage's book, cookbook/systemd.md. */
const UPSTREAM = `[Unit]
Description=Garage Data Store
After=network-online.target
Wants=network-online.target
[Service]
Environment='RUST_LOG=garage=info' 'RUST_BACKTRACE=1'
ExecStart=/usr/local/bin/garage server
StateDirectory=garage
DynamicUser=true
ProtectHome=true
NoNewPrivileges=true
LimitNOFILE=42000
[Install]
WantedBy=multi-user.target
`;

const UNITS: Record<(typeof WAYS)[number], string> = {
    dynamic: UPSTREAM,
    root: "[Service]\nExecStart=/usr/local/bin/garage -c /etc/garage.toml server\nRestart=always\n[Install]\nWantedBy=multi-user.target\n",
    own: "[Service]\nUser=garage\nEnvironment=RUST_LOG=info GARAGE_CONFIG_FILE=/etc/garage/garage.toml\nExecStart=/usr/local/bin/garage server\n[Install]\nWantedBy=multi-user.target\n",
};

const toml = (made: HandMade, way: Way, address: string) => {
    const copies = Math.min(3, made.hosts.length - (made.gateways?.length ?? 0));
    const series = made.release.startsWith("0.");
    const file = way === "own" && made.release !== "0.7.0";
    return `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data"
${series ? `replication_mode = "${copies}"` : `replication_factor = ${copies}`}
rpc_bind_addr = "[::]:3901"
rpc_public_addr = "${address}:3901"
${file ? 'rpc_secret_file = "/etc/garage/rpc_secret"' : `rpc_secret = "${SECRET}" # ours`}
${made.top ?? ""}
[s3_api]
s3_region = "garage"
api_bind_addr = "[::]:3900"
[s3_web]
bind_addr = "[::]:3902"
root_domain = ".web.garage.localhost"
[admin]
api_bind_addr = "127.0.0.1:3903"
admin_token = "${HAND_SECRETS.admin}"
metrics_token = "${HAND_SECRETS.metrics}"
${made.below ?? ""}
`;
};

/** Sets a cluster up as people do by hand: binary, configuration, unit, layout. Ends when all nodes see each other. */
export async function setUpByHand(bed: Bed, made: HandMade): Promise<void> {
    await Promise.all(made.hosts.map((host, at) => setUpHost(bed, made, host, made.ways[at]!)));
    const ids = await Promise.all(
        made.hosts.map(async (host) => (await garage(bed, host, "node id -q")).trim().split("@")[0]!),
    );
    const [first] = made.hosts;
    for (const [at, host] of made.hosts.entries())
        if (host !== first) await garage(bed, first!, `node connect ${ids[at]}@${bed.hosts[host]!.address}:3901`);
    for (const [at, host] of made.hosts.entries()) {
        const units = made.release < "0.9";
        const size = made.gateways?.includes(host) ? "-g" : `-c ${units ? 2 : "1234567K"}`;
        await garage(bed, first!, `layout assign ${ids[at]} -z z${at} ${size} -t ${host}`);
    }
    await garage(bed, first!, "layout apply --version 1");
    const seen = `[ "$(${AS_ROOT} garage stats -a 2>/dev/null | grep -c '^Garage version:')" -ge ${made.hosts.length} ]`;
    for (const host of made.hosts) await bed.until(host, seen, 60);
}

/** The command line of 0.8 reads no file of the secret. */
export const AS_ROOT = `env GARAGE_RPC_SECRET=${SECRET} GARAGE_CONFIG_FILE=/etc/garage.toml RUST_LOG=error`;

/** Garage's own command line, as its operators use it. */
export function garage(bed: Bed, host: string, words: string): Promise<string> {
    return bed.sh(host, `${AS_ROOT} /usr/local/bin/garage ${words} 2>/dev/null`);
}

/** A host is a container itself, whose cgroups are read-only at each boot. */
export const CGROUPS =
    "for each in $(awk '$3 == \"cgroup\" { print $2 }' /proc/mounts); do mount -o remount,rw,bind $each 2>/dev/null || true; done";

/** As in Garage's book, with podman; no registry is reached, so the image is made of the binary and what it is linked to. */
const IN_PODMAN = `export DEBIAN_FRONTEND=noninteractive
command -v podman >/dev/null || { apt-get -q update && apt-get -q install -y --no-install-recommends podman runc; } >/dev/null 2>&1
mkdir -p /etc/containers /var/lib/garage/meta /var/lib/garage/data /root/image
printf '[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n' >/etc/containers/containers.conf
printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' >/etc/containers/storage.conf
${CGROUPS}
cp /usr/local/bin/garage /root/image/
for each in $(ldd /usr/local/bin/garage | grep -o '/[^ ]*'); do mkdir -p /root/image\${each%/*}; cp -L $each /root/image$each; done
tar -C /root/image -cf - . | podman import -q -c 'CMD ["/garage","server"]' - localhost/garage:1 >/dev/null && rm -rf /root/image
podman run -d --name garaged --restart no --network host --mount type=tmpfs,destination=/sys/fs/cgroup \
    -v /etc/garage.toml:/etc/garage.toml -v /var/lib/garage/meta:/var/lib/garage/meta -v /var/lib/garage/data:/var/lib/garage/data localhost/garage:1`;

/** Of the way "hand". */
export const COMMANDS = {
    stopCommand: "pkill -INT -x garage",
    startCommand:
        "setsid nohup /usr/local/bin/garage -c /etc/garage.toml server >/var/log/garage.log 2>&1 </dev/null &",
};

async function setUpHost(bed: Bed, made: HandMade, host: string, way: Way): Promise<void> {
    const starts =
        way === "podman"
            ? IN_PODMAN
            : way === "hand"
              ? COMMANDS.startCommand
              : `echo '${UNITS[way].replace(/'/g, "'\\''")}' >/etc/systemd/system/garage.service
${way === "own" ? OWN_USER : ""}
systemctl daemon-reload && systemctl enable --quiet --now garage.service`;
    // DynamicUser makes a link of it; what the bed has mounted there stands in its way.
    const room = way === "dynamic" ? "umount /var/lib/garage; rmdir /var/lib/garage" : "mkdir -p /var/lib/garage";
    const config = toml(made, way, bed.hosts[host]!.address);
    await bed.sh(
        host,
        `${room}
install -m 755 ${MIRROR}/v${made.release}/x86_64-unknown-linux-musl/garage /usr/local/bin/garage
mkdir -p /etc/garage
cat >/etc/garage.toml <<'END'
${config}END
${starts}`,
    );
    await bed.until(host, `${AS_ROOT} garage status >/dev/null 2>&1`, 30);
}

const OWN_USER = `id garage >/dev/null 2>&1 || useradd --system --home /nonexistent --shell /usr/sbin/nologin garage
printf %s ${SECRET} >/etc/garage/rpc_secret && chmod 600 /etc/garage/rpc_secret
cp /etc/garage.toml /etc/garage/garage.toml && chmod 600 /etc/garage/garage.toml
chown -R garage: /etc/garage /var/lib/garage`;

/** Takes all of it away again. */
export async function removeByHand(bed: Bed, hosts: readonly string[]): Promise<void> {
    const line = `! command -v podman >/dev/null || podman rm -af -t 1 >/dev/null
pkill -KILL -x garage
systemctl disable --quiet --now garage.service; rm -rf /etc/systemd/system/garage.service /etc/garage.toml /etc/garage /usr/local/bin/garage
[ ! -L /var/lib/garage ] || rm -rf /var/lib/garage /var/lib/private/garage
mkdir -p /var/lib/garage; find /var/lib/garage -mindepth 1 -delete; chown root: /var/lib/garage; systemctl daemon-reload`;
    await Promise.all(hosts.map((host) => bed.sh(host, line)));
}
