// Stand-in for the command provider 1.2.1 (`pulumi-resource-command`), for machines that can't have the real one:
// the same resources, the same rules about what runs when, what is kept and what is shown.
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { checkInputs, create, inputsIn, type Reporter, remove, update } from "./commandResource";
import { commandSchema } from "./commandSchema";
import { channelOptions, serve, unary, whileBusy } from "./grpcServer";
import { type Change, changes, type Properties } from "./properties";

let engine: EngineClient | undefined;

function connect(address: string | undefined): void {
    if (address) {
        engine = new EngineClient(address, grpc.credentials.createInsecure(), channelOptions);
    }
}

function properties(struct: Struct | undefined): Properties {
    return struct?.toJavaScript() ?? {};
}

function struct(values: Properties): Struct {
    const set = Object.entries(values).filter(([, value]) => value !== undefined);
    return Struct.fromJavaScript(Object.fromEntries(set) as Record<string, JavaScriptValue>);
}

/** What the URN says: `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(urn: string): string {
    return urn.split("::")[2]!.split("$").at(-1)!;
}

function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** Does the work, and waits until all that it said has reached the engine, in the order in which it was said. */
async function reporting<T>(urn: string, work: (report: Reporter) => Promise<T>): Promise<T> {
    let said: Promise<void> = Promise.resolve();
    const say = (severity: LogSeverity, ephemeral: boolean) => {
        return (text: string) => {
            const request = new LogRequest();
            request.setUrn(urn).setMessage(text).setSeverity(severity).setEphemeral(ephemeral);
            said = said.then(() => new Promise((done) => engine?.log(request, () => done()) ?? done()));
        };
    };
    try {
        const report = { line: say(LogSeverity.INFO, true), warn: say(LogSeverity.WARNING, false) };
        return await whileBusy(() => work(report));
    } finally {
        await said;
    }
}

const kinds: Record<Change, [plain: provider.PropertyDiff.Kind, replacing: provider.PropertyDiff.Kind]> = {
    add: [provider.PropertyDiff.Kind.ADD, provider.PropertyDiff.Kind.ADD_REPLACE],
    delete: [provider.PropertyDiff.Kind.DELETE, provider.PropertyDiff.Kind.DELETE_REPLACE],
    update: [provider.PropertyDiff.Kind.UPDATE, provider.PropertyDiff.Kind.UPDATE_REPLACE],
};

/** Every changed input is an update, except for `triggers`, which replace. */
function diff(request: provider.DiffRequest): provider.DiffResponse {
    const olds = inputsIn(typeOf(request.getUrn()), properties(request.getOlds()));
    const news = properties(request.getNews());
    for (const ignored of request.getIgnorechangesList().filter((name) => name in olds)) {
        news[ignored] = olds[ignored];
    }
    const response = new provider.DiffResponse().setHasdetaileddiff(true);
    const found = changes("", olds, news);
    for (const [path, change] of found) {
        const replaces = /^triggers\b/.test(path);
        response.getDetaileddiffMap().set(path, new provider.PropertyDiff().setKind(kinds[change][replaces ? 1 : 0]));
        response.addDiffs(path);
        if (replaces) {
            response.addReplaces("triggers");
        }
    }
    const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
    return response.setChanges(found.length > 0 ? DIFF_SOME : DIFF_NONE);
}

function check(request: provider.CheckRequest): provider.CheckResponse {
    const { inputs, failures } = checkInputs(typeOf(request.getUrn()), properties(request.getNews()));
    return new provider.CheckResponse()
        .setInputs(struct(inputs))
        .setFailuresList(
            failures.map(({ property, reason }) => new provider.CheckFailure().setProperty(property).setReason(reason)),
        );
}

connect(process.argv[2]);
serve(ResourceProviderService, {
    handshake: unary((request: provider.ProviderHandshakeRequest) => {
        connect(request.getEngineAddress());
        return new provider.ProviderHandshakeResponse().setAcceptSecrets(true);
    }),
    attach: unary((request: { getAddress(): string }) => {
        connect(request.getAddress());
        return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion("1.2.1")),
    getSchema: unary(() => new provider.GetSchemaResponse().setSchema(commandSchema)),
    checkConfig: unary((request: provider.CheckRequest) => new provider.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new provider.DiffResponse().setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(() => new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
    check: unary(check),
    diff: unary(diff),
    create: unary((request: provider.CreateRequest) =>
        reporting(request.getUrn(), async (report) => {
            const [type, name] = [typeOf(request.getUrn()), nameOf(request.getUrn())];
            const inputs = properties(request.getProperties());
            const made = await create(type, name, inputs, request.getPreview(), report);
            return new provider.CreateResponse().setId(made.id).setProperties(struct(made.state));
        }),
    ),
    update: unary((request: provider.UpdateRequest) =>
        reporting(request.getUrn(), async (report) => {
            const [olds, news] = [properties(request.getOlds()), properties(request.getNews())];
            const state = await update(typeOf(request.getUrn()), olds, news, request.getPreview(), report);
            return new provider.UpdateResponse().setProperties(struct(state));
        }),
    ),
    delete: unary((request: provider.DeleteRequest) =>
        reporting(request.getUrn(), async (report) => {
            await remove(typeOf(request.getUrn()), properties(request.getProperties()), report);
            return new Empty();
        }),
    ),
    // There is no read: a refresh gets back what it gave.
    read: unary((request: provider.ReadRequest) =>
        new provider.ReadResponse()
            .setId(request.getId())
            .setProperties(request.getProperties())
            .setInputs(request.getInputs()),
    ),
    // A running command ignores it.
    cancel: unary(() => new Empty()),
});
