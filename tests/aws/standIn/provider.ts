// Stand-in for the aws provider 7 (`pulumi-resource-aws`): the resources in use, with the names, the replacements and the refusals of the provider and of
// AWS. Its world is the file that AWS_STAND_IN_WORLD names. What it can't prove: docs/aws.md.
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { serve, unary, whileBusy } from "../../../toolchain/offline/grpcServer";
import { type Change, unknown } from "../../../toolchain/offline/properties";
import { type Failure, fails, type Resource, type Values } from "./api";
import { checkNames, names, plain } from "./check";
import { differences } from "./diff";
import { functions } from "./functions";
import { operation } from "./operations";
import { checkInputs, NAMED, resources } from "./resources";
import { type Switch, WorldFile } from "./world";

const NO_REGION =
    "Missing region information. The AWS region must be set, either with `pulumi config set aws:region us-west-2`, or by AWS_REGION in the environment.";

const aws = new WorldFile(process.env.AWS_STAND_IN_WORLD ?? "");
let defaultTags: Values = {};

const values = (struct: Struct | undefined): Values => struct?.toJavaScript() ?? {};
const struct = (of: Values): Struct => {
    const set = Object.entries(of).filter(([, value]) => value !== undefined);
    return Struct.fromJavaScript(Object.fromEntries(set) as Record<string, JavaScriptValue>);
};
/** What the URN says: `urn:pulumi:stack::project::parent$type::name`. */
const typeOf = (urn: string) => urn.split("::")[2]!.split("$").at(-1)!;
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

function resourceOf(urn: string): Resource {
    const found = resources[typeOf(urn)];
    if (!found) throw new Error(`this stand-in has no resource ${typeOf(urn)}`);
    return found;
}

const failuresOf = (failures: Failure[]) =>
    failures.map(({ property, reason }) => new provider.CheckFailure().setProperty(property).setReason(reason));

/** Nested values of a provider's configuration come as JSON. */
const parsed = (value: unknown): unknown =>
    typeof value === "string" && /^[[{]/.test(value) ? JSON.parse(value) : value;

function checkConfig(request: provider.CheckRequest): provider.CheckResponse {
    const news = values(request.getNews());
    const { version: _version, pluginDownloadURL: _url, ...config } = plain(news);
    const given = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, parsed(value)]));
    const failures = checkNames("", names.provider, given);
    const region = given.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    if (region === undefined || region === "") failures.push(fails("region", NO_REGION));
    return new provider.CheckResponse().setInputs(struct(news)).setFailuresList(failuresOf(failures));
}

function check(request: provider.CheckRequest): provider.CheckResponse {
    const [urn, news, olds] = [request.getUrn(), values(request.getNews()), plain(values(request.getOlds()))];
    const { inputs, failures } = checkInputs(typeOf(urn), nameOf(urn), news, olds, request.getRandomseed_asU8());
    return new provider.CheckResponse().setInputs(struct(inputs)).setFailuresList(failuresOf(failures));
}

const kinds: Record<Change, [stays: provider.PropertyDiff.Kind, replaces: provider.PropertyDiff.Kind]> = {
    add: [provider.PropertyDiff.Kind.ADD, provider.PropertyDiff.Kind.ADD_REPLACE],
    delete: [provider.PropertyDiff.Kind.DELETE, provider.PropertyDiff.Kind.DELETE_REPLACE],
    update: [provider.PropertyDiff.Kind.UPDATE, provider.PropertyDiff.Kind.UPDATE_REPLACE],
};

interface Changing {
    getUrn(): string;
    getOlds(): Struct | undefined;
    getNews(): Struct | undefined;
    getOldInputs(): Struct | undefined;
    getIgnorechangesList(): string[];
}

function found(request: Changing) {
    const [olds, state] = [plain(values(request.getOldInputs())), plain(values(request.getOlds()))];
    const news = plain(values(request.getNews()));
    for (const each of request.getIgnorechangesList().filter((name) => name in olds)) news[each] = olds[each];
    return { news, state, all: differences(resourceOf(request.getUrn()), aws.look(), olds, state, news) };
}

function diff(request: provider.DiffRequest): provider.DiffResponse {
    const { news, state, all } = found(request);
    const response = new provider.DiffResponse().setHasdetaileddiff(true);
    for (const { path, change, replaces } of all) {
        response.getDetaileddiffMap().set(path, new provider.PropertyDiff().setKind(kinds[change][replaces ? 1 : 0]));
        response.addDiffs(path);
        if (replaces) response.addReplaces(path.split(/[.[]/)[0]!);
    }
    // A name that was given, and stays, can't be had twice.
    const given = "name" in news && !((news.__defaults ?? []) as string[]).includes("name");
    if (NAMED.test(typeOf(request.getUrn())) && given && news.name === state.name)
        response.setDeletebeforereplace(true);
    const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
    return response.setChanges(all.length > 0 ? DIFF_SOME : DIFF_NONE);
}

/** Inputs as they were given, secrets too, with what AWS says beside them. */
function stateOf(urn: string, inputs: Values, outputs: Values): Values {
    const { __defaults: _defaults, ...given } = inputs;
    const shown = names.resources[typeOf(urn)]!.outputs;
    const tags = shown.includes("tagsAll")
        ? { tagsAll: { ...defaultTags, ...(plain(given).tags as Values | undefined) } }
        : {};
    const said = Object.fromEntries(Object.entries(outputs).filter(([key]) => !(key in given)));
    const region = shown.includes("region") ? { region: aws.look().region } : {};
    return { ...region, ...tags, ...said, ...given };
}

/** Of a resource that isn't made yet nothing is known but what was given. */
function unmade(urn: string, inputs: Values): Values {
    const { __defaults: _defaults, ...given } = inputs;
    return { ...Object.fromEntries(names.resources[typeOf(urn)]!.outputs.map((each) => [each, unknown])), ...given };
}

const doing = <T>(urn: string, which: Switch["operation"], work: () => Promise<T>) =>
    whileBusy(() =>
        operation(aws, { operation: which, type: typeOf(urn).split(":").at(-1)!, name: nameOf(urn) }, work),
    );

async function create(request: provider.CreateRequest): Promise<provider.CreateResponse> {
    const [urn, inputs] = [request.getUrn(), values(request.getProperties())];
    const resource = resourceOf(urn);
    if (request.getPreview()) return new provider.CreateResponse().setProperties(struct(unmade(urn, inputs)));
    const { id, outputs } = await doing(urn, "create", () => resource.create(aws, plain(inputs)));
    return new provider.CreateResponse().setId(id).setProperties(struct(stateOf(urn, inputs, outputs)));
}

async function update(request: provider.UpdateRequest): Promise<provider.UpdateResponse> {
    const [urn, id, inputs] = [request.getUrn(), request.getId(), values(request.getNews())];
    const olds = values(request.getOlds());
    if (request.getPreview())
        return new provider.UpdateResponse().setProperties(struct({ ...olds, ...stateOf(urn, inputs, {}) }));
    const { news, all } = found(request);
    const changed = [...new Set(all.map(({ path }) => path.split(/[.[]/)[0]!))];
    const outputs = await doing(urn, "update", () => resourceOf(urn).update(aws, id, news, changed));
    // What isn't an input keeps its value, unless AWS says otherwise.
    const outputsOnly = Object.fromEntries(
        Object.entries(olds).filter(
            ([key]) =>
                !(key in names.resources[typeOf(urn)]!.inputs.properties) || resourceOf(urn).computed.includes(key),
        ),
    );
    return new provider.UpdateResponse().setProperties(struct({ ...outputsOnly, ...stateOf(urn, inputs, outputs) }));
}

function read(request: provider.ReadRequest): provider.ReadResponse {
    const [urn, state] = [request.getUrn(), values(request.getProperties())];
    const now = resourceOf(urn).read(aws.look(), request.getId(), plain(state));
    if (!now) return new provider.ReadResponse();
    // An import brings nothing along: its inputs are what AWS says of them.
    const settable = names.resources[typeOf(urn)]!.inputs.properties;
    const asSaid = Object.fromEntries(Object.entries(now).filter(([key]) => key in settable));
    const inputs = Object.keys(state).length > 0 ? request.getInputs() : struct(asSaid);
    return new provider.ReadResponse()
        .setId(request.getId())
        .setProperties(struct({ ...state, ...now }))
        .setInputs(inputs);
}

function invoke(request: provider.InvokeRequest): provider.InvokeResponse {
    const [token, args] = [request.getTok(), plain(values(request.getArgs()))];
    const answer = functions[token];
    if (!answer) throw new Error(`this stand-in has no function ${token}`);
    const failures = checkNames("", names.functions[token]!.inputs, args);
    if (failures.length > 0) return new provider.InvokeResponse().setFailuresList(failuresOf(failures));
    return new provider.InvokeResponse().setReturn(struct(answer(aws.look(), args)));
}

serve(ResourceProviderService, {
    handshake: unary(() => new provider.ProviderHandshakeResponse().setAcceptSecrets(true)),
    attach: unary(() => new Empty()),
    getPluginInfo: unary(() => new PluginInfo().setVersion(names.version)),
    getSchema: unary(() =>
        new provider.GetSchemaResponse().setSchema(JSON.stringify({ name: "aws", version: names.version })),
    ),
    checkConfig: unary(checkConfig),
    diffConfig: unary(() => new provider.DiffResponse().setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((request: provider.ConfigureRequest) => {
        const config = plain(values(request.getArgs()));
        defaultTags = ((parsed(config.defaultTags) as Values | undefined)?.tags as Values | undefined) ?? {};
        return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary(check),
    diff: unary(diff),
    create: unary(create),
    update: unary(update),
    delete: unary(async (request: provider.DeleteRequest) => {
        const [urn, state] = [request.getUrn(), plain(values(request.getProperties()))];
        await doing(urn, "delete", () => resourceOf(urn).remove(aws, request.getId(), state));
        return new Empty();
    }),
    read: unary(read),
    invoke: unary(invoke),
    cancel: unary(() => new Empty()),
});
