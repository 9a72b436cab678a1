import { type Session, utils } from "ssh2";

const { STATUS_CODE } = utils.sftp;
const directoryMode = 0o040755;
const fileMode = 0o100644;
/** Where a path that isn't absolute begins. */
const HOME = ".";

/** A file system in memory, served by SFTP: just enough for uploads. A directory is `undefined`. */
export class SftpFiles {
    readonly entries = new Map<string, Buffer | undefined>([
        ["/", undefined],
        [HOME, undefined],
    ]);
    /** Paths written, in order. */
    readonly written: string[] = [];

    serve(session: Session): void {
        session.on("sftp", (accept) => {
            const sftp = accept();
            const open: string[] = [];
            sftp.on("OPEN", (id, path) => {
                const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : HOME;
                if (!this.entries.has(parent)) {
                    sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
                    return;
                }
                this.entries.set(path, Buffer.alloc(0));
                this.written.push(path);
                sftp.handle(id, Buffer.from([open.push(path) - 1]));
            });
            sftp.on("WRITE", (id, handle, offset, data) => {
                const path = open[handle[0]!]!;
                const old = this.entries.get(path)!;
                const grown = Buffer.alloc(Math.max(old.length, offset + data.length));
                old.copy(grown);
                data.copy(grown, offset);
                this.entries.set(path, grown);
                sftp.status(id, STATUS_CODE.OK);
            });
            sftp.on("STAT", (id, path) => {
                if (!this.entries.has(path)) {
                    sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
                    return;
                }
                const content = this.entries.get(path);
                const mode = content === undefined ? directoryMode : fileMode;
                sftp.attrs(id, { mode, uid: 0, gid: 0, size: content?.length ?? 0, atime: 0, mtime: 0 });
            });
            sftp.on("MKDIR", (id, path) => {
                this.entries.set(path, undefined);
                sftp.status(id, STATUS_CODE.OK);
            });
            for (const event of ["CLOSE", "FSETSTAT", "SETSTAT"] as const) {
                sftp.on(event as "CLOSE", (id) => sftp.status(id, STATUS_CODE.OK));
            }
        });
    }
}
