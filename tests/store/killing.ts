import { once } from "node:events";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { RealGarage } from "./realGarage";

/** Between the host's scripts and the daemon: lets a verb die, as by SIGKILL, the moment one of its acts is done. */
export class Killer {
    private readonly servers: Server[] = [];
    private left = 0;
    private group = 0;
    private constructor(private readonly host: RealGarage) {}

    static async between(host: RealGarage): Promise<Killer> {
        const killer = new Killer(host);
        if (host.series === "0.7") killer.wrapCli();
        const info = `/opt/garage/generations/${host.release}-aaaa/info`;
        let text = host.read(info);
        for (const [service, port] of [
            ["admin", host.admin],
            ["s3", host.s3],
        ] as const)
            text = text.replace(`${service}port ${port}\n`, `${service}port ${await killer.proxy(port)}\n`);
        host.write(info, text);
        host.isDaemon(process.pid);
        return killer;
    }

    /** The verb that is started next dies behind its act number `act`; 0: it lives. */
    after(act: number): (group: number) => void {
        this.left = act;
        if (this.host.series === "0.7") this.host.write("/kill-after", `${act}\n`);
        return (group) => {
            this.group = group;
            if (this.host.series === "0.7") this.host.write("/kill-group", `${group}\n`);
        };
    }

    stop(): void {
        for (const server of this.servers) server.close();
    }

    private async proxy(port: number): Promise<number> {
        const server = createServer((asked, answer) => {
            const { method, url, headers } = asked;
            const forward = request({ host: "127.0.0.1", port, method, path: url, headers }, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk) => chunks.push(chunk));
                response.on("end", () => {
                    if (method !== "GET" && --this.left === 0) return process.kill(-this.group, "SIGKILL");
                    answer.writeHead(response.statusCode!, response.headers);
                    return answer.end(Buffer.concat(chunks));
                });
            });
            asked.pipe(forward);
        });
        this.servers.push(server);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return (server.address() as { port: number }).port;
    }

    /** 0.7's acts are calls of its CLI. */
    private wrapCli(): void {
        const binary = this.host.path(`/opt/garage/generations/${this.host.release}-aaaa/garage`);
        renameSync(binary, `${binary}.real`);
        const counter = this.host.path("/kill-after");
        writeFileSync(counter, "0\n");
        writeFileSync(
            binary,
            `#!/bin/sh
"$0.real" "$@"
code=$?
case "$*" in *" list" | *" info "*) exit $code ;; esac
read -r left <${counter}
echo $((left - 1)) >${counter}
[ "$left" != 1 ] || kill -9 -"$(cat ${this.host.path("/kill-group")})"
exit $code
`,
        );
        chmodSync(binary, 0o755);
    }
}
