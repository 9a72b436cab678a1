import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test; gone after it. Environment variables set through it come back as they were. */
export class Sandbox {
    readonly dir = mkdtempSync(join(tmpdir(), "toolchain-test-"));
    private readonly saved: Record<string, string | undefined> = {};

    constructor() {
        this.setEnv("XDG_CACHE_HOME", join(this.dir, "cache"));
        this.setEnv("GARAGE_TOOLCHAIN", undefined);
    }

    setEnv(name: string, value: string | undefined): void {
        if (!(name in this.saved)) this.saved[name] = process.env[name];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }

    path(...parts: string[]): string {
        return join(this.dir, ...parts);
    }

    write(rel: string, content: string, mode = 0o644): string {
        const file = this.path(rel);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
        chmodSync(file, mode);
        return file;
    }

    end(): void {
        for (const [name, value] of Object.entries(this.saved)) {
            if (value === undefined) delete process.env[name];
            else process.env[name] = value;
        }
        rmSync(this.dir, { recursive: true, force: true });
    }
}
