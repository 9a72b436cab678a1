import * as grpc from "@grpc/grpc-js";

/** The engine's own limit is 400 MiB; grpc-js would stop at 4 MiB. */
const messageLimit = 400 * 1024 * 1024;
export const channelOptions = {
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
};

/** Work that goes on although the engine is gone (a remote command that still runs). */
let busy = 0;

/** Keeps the plugin alive until `work` has ended, even if the engine that started it was killed. */
export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
    busy++;
    try {
        return await work();
    } finally {
        busy--;
    }
}

/**
 * Serves one gRPC service on a free loopback port and prints the port, which is how a Pulumi plugin says where it is.
 * The engine ends its plugins by itself; one whose engine was killed ends as soon as it has nothing left to do.
 */
export function serve(service: grpc.ServiceDefinition, implementation: grpc.UntypedServiceImplementation): void {
    const server = new grpc.Server(channelOptions);
    server.addService(service, implementation);
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) {
            throw error;
        }
        process.stdout.write(`${port}\n`);
    });
    const engine = process.ppid;
    setInterval(() => {
        if (process.ppid !== engine && busy === 0) {
            process.exit(0);
        }
    }, 2000).unref();
}

/** A handler for a call with one answer, written as an async function; what it throws becomes the call's error. */
export function unary<Request, Response>(
    answer: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => answer(call.request, call))
            .then(
                (response) => callback(null, response),
                (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
            );
    };
}
