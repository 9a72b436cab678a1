import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { cargoBuild } from "../../toolchain/tools/garage";
import { goBuild } from "../../toolchain/tools/goBuild";
import { Sandbox } from "./support";

/**
 * Against a fake apt and fake compilers, which write down how they're called: that the registries have what is asked for, and that
 * it builds, isn't proven here.
 */
describe("compilers that are missing", () => {
    let box: Sandbox;
    const getuid = process.getuid;
    const asUser = (uid: number) => {
        process.getuid = () => uid;
    };
    const program = (rel: string, body: string) => box.write(rel, `#!/bin/sh\n${body}\n`, 0o755);
    const log = () => (existsSync(box.path("log")) ? readFileSync(box.path("log"), "utf8") : "");
    const logged = (name: string) => `echo "${name} $*" >>${box.path("log")}`;
    const target = () => {
        mkdirSync(box.path("scratch"), { recursive: true });
        return box.path("scratch/program");
    };

    /** Its packages are the folders of `debian/`; what is in one comes into `bin/`. */
    const apt = () =>
        program(
            "bin/apt-get",
            `${logged("apt-get")}
for each; do case $each in install|update|-*) ;; *) /bin/cp ${box.path("debian")}/"$each"/* ${box.path("bin")} || exit 1 ;; esac; done`,
        );
    beforeEach(() => {
        box = new Sandbox();
        asUser(0);
        box.setEnv("PATH", box.path("bin"));
        apt();
    });
    afterEach(() => {
        process.getuid = getuid;
        box.end();
    });

    describe("Go", () => {
        const arch = process.arch === "arm64" ? "arm64" : "amd64";
        const way = goBuild({ program: "example.org/tool", version: "1.0.0", versionVariable: "v", takes: "no time" });
        const newGo = () =>
            `${logged("new go")}; while [ $# -gt 0 ]; do [ "$1" != -o ] || echo built >"$2"; shift; done`;
        /** It lays the new one down as a module cache has it: without the right to run, other modules' go.mod renamed. */
        const oldGo = () => {
            box.write("new/bin/go", `#!/bin/sh\n${newGo()}\n`);
            box.write(`new/pkg/tool/linux_${arch}/link`, "");
            box.write("new/src/_go.mod", "module std\n");
            return `[ "$1" != version ] || { echo "go version go1.19.8 linux/${arch}"; exit; }
${logged("old go")}; [ "$1 $2" = "mod download" ] || exit 1
/bin/mkdir "$GOMODCACHE/golang.org"; exec /bin/cp -r ${box.path("new")} "$GOMODCACHE/$3"`;
        };

        it("comes by apt, too old, and fetches the one that builds, which stays in the cache", async () => {
            program("debian/golang-go/go", oldGo());
            assert.equal(await way.make(target()), true);
            assert.equal(readFileSync(target(), "utf8"), "built\n");
            assert.match(log(), /^apt-get install .* golang-go$/m);
            assert.match(
                log(),
                new RegExp(`^old go mod download golang.org/toolchain@v0\\.0\\.1-go1\\S+\\.linux-${arch}$`, "m"),
            );
            assert.match(log(), /^new go get example\.org\/tool@v1\.0\.0$/m);
            const fetched = box.path("cache/pulumi-garage-cluster/go-1.25.11");
            assert.equal(statSync(`${fetched}/pkg/tool/linux_${arch}/link`).mode & 0o111, 0o111);
            assert.equal(readFileSync(`${fetched}/src/go.mod`, "utf8"), "module std\n");
        });

        it("is fetched once, and by an old one that is there already", async () => {
            program("bin/go", oldGo());
            await way.make(target());
            const second = box.path("second/program");
            mkdirSync(box.path("second"));
            assert.equal(await way.make(second), true);
            assert.equal(log().match(/mod download/g)?.length, 1);
            assert.doesNotMatch(log(), /apt-get/);
        });

        it("isn't fetched where the machine's own is new enough", async () => {
            program("bin/go", `[ "$1" != version ] || { echo "go version go1.26.8 linux/amd64"; exit; }\n${newGo()}`);
            assert.equal(await way.make(target()), true);
            assert.doesNotMatch(log(), /mod download|apt-get/);
        });

        it("is named to an ordinary user, with the line to run; nothing is installed", async () => {
            asUser(1000);
            await assert.rejects(way.make(target()), {
                message: "missing on this machine: go; install: sudo apt-get install golang-go",
            });
            assert.equal(log(), "");
        });
    });

    describe("Rust", () => {
        const way = () => cargoBuild("2.5.0");
        const candidates = (cargo: string, web: string) =>
            program(
                "bin/apt-cache",
                `case $2 in cargo) v='${cargo}' ;; cargo-web) v='${web}' ;; esac\nprintf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n' "$2" "$v"`,
            );
        const cargo = (version: string) => `${logged("cargo")}
[ -z "$SODIUM_LIB_DIR" ] || echo "linked with $SODIUM_LIB_DIR" >>${box.path("log")}
[ "$1" != --version ] || { echo "cargo ${version} (30a34c682 2026-05-25)"; exit; }
while [ $# -gt 0 ]; do [ "$1" != --root ] || { /bin/mkdir -p "$2/bin"; echo built >"$2/bin/garage"; }; shift; done`;
        beforeEach(() => {
            program("debian/gcc/cc", "");
            box.write("debian/libc6-dev/stdio.h", "");
            program("debian/make/make", "");
        });

        it("comes by apt under the name that is new enough, with what the C libraries are built with", async () => {
            candidates("0.66.0+ds1-1", "1.96.0+dfsg1-1~deb12u2");
            program("debian/cargo-web/cargo", cargo("1.96.0"));
            assert.equal(await way().make(target()), true);
            assert.equal(readFileSync(target(), "utf8"), "built\n");
            assert.match(log(), /^apt-get install .*--no-install-recommends gcc libc6-dev make cargo-web$/m);
            assert.match(log(), /^cargo install garage --version 2\.5\.0 --locked /m);
        });

        it("comes under its plain name where that is new enough", async () => {
            candidates("1.92.0+dfsg1-1", "(none)");
            program("debian/cargo/cargo", cargo("1.92.0"));
            assert.equal(await way().make(target()), true);
            assert.match(log(), /^apt-get install .* make cargo$/m);
        });

        it("is taken as it is where the machine's own is new enough", async () => {
            program("bin/cc", "echo /usr/lib/libsodium.a");
            program("bin/make", "");
            program("bin/cargo", cargo("1.95.0"));
            assert.equal(await way().make(target()), true);
            assert.doesNotMatch(log(), /apt-get/);
        });

        it("links with a libsodium of this machine, else with Debian's, else builds its own", async () => {
            const found = (file: string) =>
                `[ -e ${box.path(file)} ] && echo ${box.path("lib/libsodium.a")} || echo libsodium.a`;
            const linked = `linked with ${box.path("lib")}`;
            for (const name of ["make", "cargo"]) program(`bin/${name}`, cargo("1.95.0"));
            program("bin/cc", found("bin/cc"));
            assert.equal(await way().make(target()), true);
            assert.match(log(), new RegExp(`^${linked}$`, "m"));
            assert.doesNotMatch(log(), /apt-get/);
            program("bin/cc", found("bin/sodium.h"));
            assert.equal(await way().make(target()), true);
            assert.equal(log().split(linked).length - 1, 1);
            assert.match(log(), /^apt-get install .* libsodium-dev$/m);
            box.write("debian/libsodium-dev/sodium.h", "");
            assert.equal(await way().make(target()), true);
            assert.equal(log().split(linked).length - 1, 2);
        });

        it("isn't replaced where the machine's own is too old: it says what is needed", async () => {
            for (const name of ["cc", "make"]) program(`bin/${name}`, "");
            program("bin/cargo", cargo("1.65.0"));
            await assert.rejects(way().make(target()), {
                message: `${box.path("bin/cargo")} is 1.65.0, 1.89.0 or newer is needed; Debian 12 has it as cargo-web`,
            });
            assert.doesNotMatch(log(), /apt-get|install/);
        });

        it("is named to an ordinary user, with the line to run; nothing is installed", async () => {
            asUser(1000);
            candidates("0.66.0+ds1-1", "1.96.0+dfsg1-1~deb12u2");
            await assert.rejects(way().make(target()), {
                message:
                    "missing on this machine: cc, make, cargo; install: sudo apt-get install gcc libc6-dev make cargo-web",
            });
            candidates("0.66.0+ds1-1", "1.85.0+dfsg3-1~deb12u3");
            await assert.rejects(way().make(target()), {
                message: /missing on this machine: cargo; install Rust 1\.89\.0 or newer/,
            });
            assert.equal(log(), "");
        });
    });
});
