import { onHost, publishedElsewhere } from "./cluster";
import { type Rule, refuses, stops } from "./nodeRule";

const nixos: Rule = ({ look: { host } }) =>
    host.nixos
        ? refuses(
              "adopt-nixos",
              "NixOS looks after this host, and would bring its own Garage back at the next switch",
              "Leave the node as it is, or move it to a host with another system first",
          )
        : undefined;

const byHand: Rule = ({ process: { keeper } }) =>
    keeper.kind === "hand"
        ? refuses(
              "adopt-by-hand",
              "nothing keeps it running: no unit of systemd, no container",
              "Run it by a unit first (docs/adopting.md)",
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
const keptInContainer: Rule = ({ process: { keeper } }) =>
    keeper.kind === "container" && keeper.container?.engine !== "kubernetes"
        ? refuses(
              "adopt-container",
              `${keeper.container?.engine} runs it; this release takes over what a unit of systemd runs by itself`,
              "Run the same release on the same directories by a unit (docs/adopting.md)",
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
    ...[nixos, byHand, keptInContainer, passingUnit, places],
];
