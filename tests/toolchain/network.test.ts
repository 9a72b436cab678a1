import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { download, reachable } from "../../toolchain/tools/network";
import { Sandbox } from "./support";

/** Against servers on loopback: that the official sites hold what is asked of them isn't proven here. */
describe("the toolchain's downloads", function () {
    this.timeout(20_000);
    let box: Sandbox;
    let server: Server;
    let site: string;
    before(async () => {
        box = new Sandbox();
        for (const proxy of ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]) box.setEnv(proxy, undefined);
        server = createServer((request, response) => {
            response.writeHead(request.url === "/file" ? 200 : 404);
            response.end("content");
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
        server.close();
        box.end();
    });

    it("fetches a file", async () => {
        assert.equal(await download(`${site}/file`, box.path("file")), true);
        assert.equal(readFileSync(box.path("file"), "utf8"), "content");
    });

    it("fails on a file that the site doesn't have, and leaves none", async () => {
        await assert.rejects(download(`${site}/other`, box.path("other")), /\/other: .*404/);
        assert.equal(existsSync(box.path("other")), false);
    });

    it("isn't open where nobody answers", async () => {
        assert.equal(await download("http://127.0.0.1:9/file", box.path("closed")), false);
    });

    it("gives up on a site that keeps silent within seven seconds, once", async () => {
        const silent = createTcpServer(() => {});
        await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
        const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        const started = Date.now();
        assert.equal(await reachable(`${url}/a`), false);
        assert.equal(await reachable(`${url}/b`), false);
        assert.ok(Date.now() - started < 7000);
        silent.close();
    });
});
