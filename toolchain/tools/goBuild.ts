import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, withProgress } from "../shell";
import type { Way } from "./cache";
import { go } from "./go";

// Upstream's own replacement of a package that is gone; `go install` of the CLI fails without it.
const GO_MOD = `module build

go 1.24

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
`;

export interface GoProgram {
    /** Import path of the program. */
    program: string;
    version: string;
    /** Modules that have to be of the same version. */
    alongside?: string[];
    /** The variable that holds the version. */
    versionVariable: string;
    /** How long it takes, for the user. */
    takes: string;
}

/** The way by Go's own package registry. */
export function goBuild({ program, version, alongside = [], versionVariable, takes }: GoProgram): Way {
    return {
        origin: "built from its package registry",
        make: async (file) => {
            const { command, env: base } = await go();
            const cwd = join(dirname(file), "build");
            mkdirSync(cwd);
            writeFileSync(join(cwd, "go.mod"), GO_MOD);
            const env = { ...base, GOFLAGS: "-modcacherw" };
            await withProgress(`building ${program} v${version} with Go (${takes})`, async (progress) => {
                const modules = [program, ...alongside].map((path) => `${path}@v${version}`);
                await run(command, ["get", ...modules], { cwd, env });
                const flags = `-s -w -X ${versionVariable}=v${version}`;
                const packages = (await run(command, ["list", "-deps", program], { cwd, env })).split("\n").length;
                let built = 0;
                const heard = (text: string) => {
                    built += text.split("\n").length - 1;
                    progress(built, packages);
                };
                const words = ["build", "-v", "-trimpath", "-ldflags", flags, "-o", file, program];
                await run(command, words, { cwd, env, heard });
            });
            return true;
        },
    };
}
