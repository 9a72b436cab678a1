import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Client, SFTPWrapper } from "ssh2";
import type { Properties } from "./properties";

/** Copies an asset (a path or a text) or a directory to the host, by SFTP as the login user. */
export async function copyToRemote(client: Client, source: Properties, remotePath: string): Promise<void> {
    const sftp = await promisify<SFTPWrapper>((done) => client.sftp(done))();
    if (typeof source.text === "string" && typeof source.path !== "string") {
        if (await isDirectory(sftp, remotePath)) {
            throw new Error(`remote path ${remotePath} is a directory; a text needs the path of a file`);
        }
        await write(sftp, remotePath, Buffer.from(source.text));
        return;
    }
    if (typeof source.path !== "string" || source.path === "") {
        throw new Error("only an asset with a path or a text, or an archive with a path, can be copied");
    }
    if (!fs.statSync(source.path).isDirectory()) {
        const into = await isDirectory(sftp, remotePath);
        await copyFile(sftp, source.path, into ? path.posix.join(remotePath, path.basename(source.path)) : remotePath);
        return;
    }
    await makeDirectory(sftp, remotePath);
    const inside = source.path.endsWith("/") ? remotePath : path.posix.join(remotePath, path.basename(source.path));
    await copyDirectory(sftp, source.path, inside);
}

async function copyDirectory(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
    await makeDirectory(sftp, to);
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
        const [source, target] = [path.join(from, entry.name), path.posix.join(to, entry.name)];
        await (entry.isDirectory() ? copyDirectory(sftp, source, target) : copyFile(sftp, source, target));
    }
}

/** Undefined where nothing is. */
async function isDirectory(sftp: SFTPWrapper, remote: string): Promise<boolean | undefined> {
    return new Promise((resolve) =>
        sftp.stat(remote, (error, stats) => resolve(error ? undefined : stats.isDirectory())),
    );
}

async function makeDirectory(sftp: SFTPWrapper, remote: string): Promise<void> {
    const there = await isDirectory(sftp, remote);
    if (there === false) {
        throw new Error(`remote path ${remote} exists but is not a directory`);
    }
    if (there === undefined) {
        await said(`failed to create remote directory ${remote}`, (done) => sftp.mkdir(remote, done));
    }
}

function copyFile(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
    return said(`failed to copy file ${from} to remote path ${to}`, (done) => sftp.fastPut(from, to, done));
}

function write(sftp: SFTPWrapper, to: string, content: Buffer): Promise<void> {
    return said(`failed to write remote file ${to}`, (done) => sftp.writeFile(to, content, done));
}

function said(what: string, work: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
        work((error) => (error ? reject(new Error(`${what}: ${error.message}`)) : resolve()));
    });
}
