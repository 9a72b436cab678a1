export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";
export type Stream = "stdout" | "stderr";

/** What a command answered, each less one trailing newline. */
export interface CommandAnswer {
    stdout: string;
    stderr: string;
}

/** The official provider waits for ever on a longer line while logging is on; here that is an error. */
const longestLine = 64 * 1024;

/** Collects what a command prints, and hands each logged line on as soon as it is complete. */
export class CommandOutput {
    private readonly chunks: { stream: Stream; chunk: Buffer }[] = [];
    private line = Buffer.alloc(0);
    private tooLong = false;

    constructor(
        private readonly logging: Logging | undefined,
        private readonly log: (line: string) => void,
    ) {}

    add(stream: Stream, chunk: Buffer): void {
        this.chunks.push({ stream, chunk });
        const logged = this.logging === undefined || this.logging === "stdoutAndStderr" || this.logging === stream;
        if (!logged) {
            return;
        }
        this.line = Buffer.concat([this.line, chunk]);
        for (let end = this.line.indexOf("\n"); end >= 0; end = this.line.indexOf("\n")) {
            this.emit(this.line.subarray(0, end));
            this.line = this.line.subarray(end + 1);
        }
        this.tooLong ||= this.line.length > longestLine;
    }

    private emit(line: Buffer): void {
        this.tooLong ||= line.length > longestLine;
        this.log(line.toString().replace(/\r$/, ""));
    }

    /** To be called when the command has ended, with the reason why it failed, if it did. */
    finish(command: string, failure: string | undefined): CommandAnswer {
        if (this.line.length > 0) {
            this.emit(this.line);
            this.line = Buffer.alloc(0);
        }
        if (failure !== undefined) {
            throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${this.text()}`);
        }
        if (this.tooLong) {
            throw new Error("a line of more than 64 KiB was logged: the official command provider hangs on that");
        }
        return { stdout: this.text("stdout").replace(/\n$/, ""), stderr: this.text("stderr").replace(/\n$/, "") };
    }

    private text(stream?: Stream): string {
        const wanted = this.chunks.filter((each) => stream === undefined || each.stream === stream);
        return Buffer.concat(wanted.map((each) => each.chunk)).toString();
    }
}
