// Instances that are containers with systemd, sshd and the real cloud-init; volumes that are loop devices over sparse files. In a world without machines
// there is nothing to do. What runs inside, image.sh makes.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Machines, World } from "./world";

const exec = promisify(execFile);
const GIB = 2 ** 30;
/** How long a machine may take to shut down, as EC2's own does, until it loses its power. */
const POWER_OFF_SECONDS = 60;
const STOP_LIMIT_MS = (POWER_OFF_SECONDS + 20) * 1000;

/** What root may do on a machine, and needs there: units with namespaces, mounts, growing a file system, packet rules. */
const CAPABILITIES = ["SYS_ADMIN", "SYS_RESOURCE", "NET_ADMIN", "NET_RAW", "MKNOD", "AUDIT_WRITE"];

const engine = ({ engine: [command, ...words] }: Machines, ...args: string[]) => exec(command!, [...words, ...args]);
const containerOf = (machines: Machines, id: string) => `${machines.network}-${id}`;
const instanceDir = (machines: Machines, id: string) => join(machines.dir, "instances", id);
const fileOf = (machines: Machines, id: string) => join(machines.dir, "volumes", id);
const devicesOf = (machines: Machines, id: string) => join(instanceDir(machines, id), "devices");

/** The same for an address whoever has it, as an interface's is. */
const hardwareAddress = (ip: string) =>
    ["02", "d6", ...ip.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");

/** What EC2 tells a machine at its first boot, and the list of its volumes, which `devices.sh` in the image goes by. */
function tell(machines: Machines, world: World, id: string, hostname: string): void {
    const seed = join(instanceDir(machines, id), "seed");
    mkdirSync(seed, { recursive: true });
    writeFileSync(join(seed, "user-data"), world.instances[id]!.userData, { mode: 0o600 });
    writeFileSync(join(seed, "meta-data"), `instance-id: ${id}\nlocal-hostname: ${hostname}\n`);
    writeFileSync(devicesOf(machines, id), "");
}

/** A new machine with a blank root; it has been switched on, no more. */
export async function create(world: World, id: string): Promise<void> {
    const { machines } = world;
    if (!machines) return;
    const ip = world.enis[world.instances[id]!.eni]!.privateIp;
    const hostname = `ip-${ip.replace(/\./g, "-")}`;
    tell(machines, world, id, hostname);
    const dir = instanceDir(machines, id);
    const options = [
        ...["--name", containerOf(machines, id), "--hostname", hostname, "--label", machines.network],
        ...["--network", machines.network, "--ip", ip, "--mac-address", hardwareAddress(ip)],
        ...["--stop-signal", "SIGRTMIN+3", "--systemd=always", "--stop-timeout", String(POWER_OFF_SECONDS)],
        ...CAPABILITIES.flatMap((each) => ["--cap-add", each]),
        ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
        ...["--device-cgroup-rule", "b 7:* rmw", "--ulimit", `nofile=${machines.files}:${machines.files}`],
        ...["--ulimit", "nproc=16384:16384"],
        ...["--volume", `${join(dir, "seed")}:/var/lib/cloud/seed/nocloud:ro`, "--volume", `${dir}:/ec2:ro`],
        ...["--volume", `${machines.mirror}:/srv/garage-mirror:ro`],
    ];
    await engine(machines, "create", ...options, machines.image, "/sbin/init");
    await engine(machines, "start", containerOf(machines, id));
}

/** The engine has been seen waiting for a container that had long ended: what counts is that it has. */
async function powerOff(machines: Machines, id: string): Promise<void> {
    const [command, ...words] = machines.engine;
    await exec(command!, [...words, "stop", containerOf(machines, id)], { timeout: STOP_LIMIT_MS }).catch(
        () => undefined,
    );
    await engine(machines, "kill", containerOf(machines, id)).catch(() => undefined);
}

export async function stop({ machines }: World, id: string): Promise<void> {
    if (machines) await powerOff(machines, id);
}

/** Its root is as it was; user data of a machine that has booted once aren't run again. */
export async function start(world: World, id: string): Promise<void> {
    const { machines } = world;
    if (!machines) return;
    writeFileSync(join(instanceDir(machines, id), "seed", "user-data"), world.instances[id]!.userData, { mode: 0o600 });
    await engine(machines, "start", containerOf(machines, id));
}

/** Shuts it down; its root is gone, its volumes are free. */
export async function remove({ machines }: World, id: string): Promise<void> {
    if (!machines) return;
    await powerOff(machines, id);
    await engine(machines, "rm", "-f", containerOf(machines, id));
    for (const { loop } of attached(machines, id)) await exec("losetup", ["-d", loop]);
    rmSync(instanceDir(machines, id), { recursive: true, force: true });
}

interface Attached {
    volume: string;
    loop: string;
}

const attached = (machines: Machines, id: string): Attached[] =>
    existsSync(devicesOf(machines, id))
        ? readFileSync(devicesOf(machines, id), "utf8")
              .split("\n")
              .filter((line) => line !== "")
              .map((line) => {
                  const [volume, minor] = line.split(" ");
                  return { volume: volume!, loop: `/dev/loop${minor}` };
              })
        : [];

function write(machines: Machines, id: string, all: Attached[]): void {
    const text = all.map(({ volume, loop }) => `${volume} ${loop.replace("/dev/loop", "")}\n`).join("");
    writeFileSync(`${devicesOf(machines, id)}.new`, text);
    renameSync(`${devicesOf(machines, id)}.new`, devicesOf(machines, id));
}

export async function attach({ machines }: World, id: string, volume: string): Promise<void> {
    if (!machines || attached(machines, id).some((each) => each.volume === volume)) return;
    const { stdout } = await exec("losetup", ["--find", "--show", fileOf(machines, volume)]);
    write(machines, id, [...attached(machines, id), { volume, loop: stdout.trim() }]);
}

export async function detach({ machines }: World, id: string, volume: string): Promise<void> {
    const at = machines && attached(machines, id).find((each) => each.volume === volume);
    if (!at) return;
    write(
        machines,
        id,
        attached(machines, id).filter((each) => each !== at),
    );
    await exec("losetup", ["-d", at.loop]);
}

export async function isMounted({ machines }: World, id: string, volume: string): Promise<boolean> {
    const at = machines && attached(machines, id).find((each) => each.volume === volume);
    if (!at) return false;
    const minor = at.loop.replace("/dev/loop", "");
    const look = ["exec", containerOf(machines, id), "grep", "-q", ` 7:${minor} `, "/proc/self/mountinfo"];
    return engine(machines, ...look).then(
        () => true,
        () => false,
    );
}

export async function makeDisk({ machines, volumes }: World, id: string): Promise<void> {
    if (!machines) return;
    mkdirSync(join(machines.dir, "volumes"), { recursive: true });
    writeFileSync(fileOf(machines, id), "", { mode: 0o600 });
    truncateSync(fileOf(machines, id), volumes[id]!.size * GIB);
}

export async function growDisk({ machines, volumes }: World, id: string): Promise<void> {
    if (!machines) return;
    truncateSync(fileOf(machines, id), volumes[id]!.size * GIB);
    const holder = volumes[id]!.attachedTo?.instance;
    const at = holder && attached(machines, holder).find((each) => each.volume === id);
    if (at) await exec("losetup", ["--set-capacity", at.loop]);
}

export async function removeDisk({ machines }: World, id: string): Promise<void> {
    if (machines) rmSync(fileOf(machines, id), { force: true });
}

/** A public address leads to the private one of its interface, from outside and from the other instances. */
async function translate({ machines, eips, enis }: World, id: string, act: "-A" | "-D"): Promise<void> {
    const at = eips[id];
    const eni = at?.eni && enis[at.eni];
    if (!machines || !eni) return;
    for (const chain of ["PREROUTING", "OUTPUT"]) {
        const rule = ["-d", at.publicIp, "-m", "comment", "--comment", machines.network];
        await exec("iptables", ["-t", "nat", act, chain, ...rule, "-j", "DNAT", "--to-destination", eni.privateIp]);
    }
}

export const publish = (world: World, id: string) => translate(world, id, "-A");
export const withdraw = (world: World, id: string) => translate(world, id, "-D");
