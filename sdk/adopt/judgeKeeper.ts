import { mountOf } from "../garage/mounts";
import { onHost, publishedElsewhere } from "./cluster";
import { note, type Rule, refuses, stops } from "./nodeRule";
import type { Container, Process } from "./seen";

const nixos: Rule = ({ look: { host } }) =>
    host.nixos
        ? refuses(
              "adopt-nixos",
              "NixOS looks after this host, and would bring its own Garage back at the next switch",
              "Leave the node as it is, or move it to a host with another system first",
          )
        : undefined;

const byHand: Rule = ({ name, process: { keeper } }) =>
    keeper.kind === "hand"
        ? refuses(
              "adopt-by-hand",
              "nothing keeps it running: no unit of systemd, no container",
              `Say how it is stopped and started (nodes.${name}.adopt: { stopCommand, startCommand }); or run it by a unit first (docs/adopting.md)`,
          )
        : undefined;

const kubernetes: Rule = ({ process: { keeper } }) =>
    keeper.container?.engine === "kubernetes"
        ? stops(
              "adopt-kubernetes",
              "Kubernetes runs it, and would start it anew",
              "Leave it there: this package has hosts, not pods",
          )
        : undefined;

const inContainer: Rule = ({ process, configuration }) => {
    const { container } = process.keeper;
    if (container === undefined || container.engine === "kubernetes") return undefined;
    if (container.mounts === undefined)
        return stops(
            "adopt-container-unseen",
            `it runs in a container that root's ${container.engine} doesn't show`,
            "Run it in one of root's, or by a unit",
        );
    const dirs = [configuration.metadataDir, ...configuration.dataDirs];
    const inside = dirs.filter(
        (dir) => onHost(process, dir) === dir && !container.mounts!.some(({ source }) => source === dir),
    );
    return inside.length === 0
        ? undefined
        : stops(
              "adopt-container-data",
              `${inside.join(" and ")} lies in the container itself`,
              "Give the container volumes for it",
          );
};

/** In a network of its own: what isn't published is reached by nobody outside, which an address says too (programArgs.ts). */
const ports: Rule = ({ process, configuration }) => {
    const moved = publishedElsewhere(process, configuration);
    return moved.length === 0
        ? undefined
        : stops(
              "adopt-container-ports",
              `its container's ports have other numbers on the host: ${moved.map(({ inside, host }) => `${inside} is ${host}`).join(", ")}`,
              "Publish each under its own number",
          );
};

/** One whose data are understood: it can be looked at, and a program of it be written. */
const keptInContainer: Rule = ({ process, configuration }) => {
    const { container } = process.keeper;
    if (container === undefined || container.engine === "kubernetes") return undefined;
    const dirs = [configuration.metadataDir, ...configuration.dataDirs];
    const volumes = dirs.filter((dir) => mountOf(container.mounts, dir)?.type === "volume");
    const why = containerUnfit(process, container, volumes);
    return why === undefined ? undefined : refuses("adopt-container", ...why);
};

/** Why such a container can't be stopped, put away, brought back, or have its place taken; and the way. The host says the same: oldContainerFit.sh. */
function containerUnfit(
    { pid, keeper }: Process,
    { engine, network, ...is }: Container,
    volumes: string[],
): [what: string, todo: string] | undefined {
    const anew = `Make the container anew, on the same directories, by ${engine} run`;
    const unit = keeper.unit?.name ?? is.unit;
    if (unit)
        return [
            `${unit} keeps its container running, and would bring it back`,
            `Run the container without that unit (${engine} run -d --network host), or Garage itself by a unit (docs/adopting.md)`,
        ];
    if (is.autoRemove)
        return ["its container is removed when it stops, so nothing could bring it back", `${anew} without --rm`];
    if (network !== "host")
        return [
            `its container has a network of its own (${network ?? "unknown"}), and peers and clients reach it by the engine's rules`,
            `${anew} with --network host and the same ports`,
        ];
    if (volumes.length > 0)
        return [
            `${volumes.join(" and ")} lies in a volume of ${engine}'s own, which nobody but root reaches, and which goes when volumes are pruned`,
            `Stop the container, move what the volume holds to a directory of the host, and make it anew with that one (-v /srv/garage/data:${volumes[0]})`,
        ];
    if (is.pid !== undefined && is.pid !== pid)
        return [
            "its container's main process isn't the daemon: a shell or an init starts it",
            `${anew} without --init, with Garage itself as the command`,
        ];
    if (is.restartFixed && is.restart !== "no")
        return [
            `this release of ${engine} can't switch off the restart policy of its container (${is.restart}), so it might come back at a boot`,
            `${anew} with --restart no; or go to podman 5.1`,
        ];
    return undefined;
}

/** Compose knows its containers by their labels, whatever they are called. */
const compose: Rule = ({ process: { keeper } }) =>
    keeper.container?.compose
        ? note(
              "adopt-container-compose",
              `its container was made by compose (${keeper.container.compose}): the next up of that would start it again, beside this package's own, or a second one`,
              "Take the service out of that file once the node is taken over, before anybody calls compose again",
          )
        : undefined;

/** Of `systemd-run`, or made by a generator: gone with the daemon, or with a reboot, so nothing could bring it back. */
const passingUnit: Rule = ({ process: { keeper } }) =>
    keeper.kind === "unit" && !/^\/(etc|lib|usr\/lib|usr\/local\/lib)\/systemd\/system\//.test(keeper.unit!.file ?? "")
        ? refuses(
              "adopt-unit-unfit",
              `its unit ${keeper.unit!.name} has no file that stays (${keeper.unit!.file ?? "none at all"})`,
              "Write one into /etc/systemd/system, and run it by that",
          )
        : undefined;

/** Where systemd itself has put them (DynamicUser) a rename is enough. */
const places: Rule = ({ node, process: { keeper } }) => {
    const hidden = (path: string) => path.replace(/^\/var\/lib\//, "/var/lib/private/");
    const elsewhere = node.directories.filter(
        ({ path, real = path }) => real !== path && !(keeper.unit?.dynamicUser && real === hidden(path)),
    );
    return elsewhere.length === 0
        ? undefined
        : refuses(
              "adopt-place-unfit",
              elsewhere.map(({ path, real }) => `${path} leads to ${real} by a link`).join(", "),
              "Write where it leads to into the configuration, and restart the daemon",
          );
};

/** Who keeps the daemon running, and where its directories lie by that. */
export const KEEPER_RULES: readonly Rule[] = [
    ...[kubernetes, inContainer, ports],
    ...[nixos, byHand, keptInContainer, compose, passingUnit, places],
];
