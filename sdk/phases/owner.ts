import * as pulumi from "@pulumi/pulumi";

/**
 * Tells this component from any other one, under another name, parent or stack: by it a host knows what is whose. As a plain value: what depends
 * on the component's own Output waits for the component's children, and so for itself.
 */
export function ownUrn(component: pulumi.Resource): Promise<string> {
    return known(component.urn);
}

/** What Pulumi's SDK keeps of a resource, for its children. */
interface Kept {
    __name?: string;
    __aliases?: pulumi.Input<string>[];
    __parentResource?: pulumi.Resource;
}

/**
 * The URNs that the component had before, by its own `aliases` and by those of whatever it lies in, as the engine makes them up: what they own is
 * its own. A parent in another process (a component of another language) is known by its URN only: its aliases aren't.
 */
export async function formerUrns(component: pulumi.Resource): Promise<string[]> {
    const { __name = "", __aliases = [], __parentResource: parent } = component as unknown as Kept;
    const own = await Promise.all(__aliases.map(known));
    if (parent === undefined) return own;
    const names = [__name, ...own.map(nameOf)];
    const { __name: parentName = "" } = parent as unknown as Kept;
    const type = typeOf(await ownUrn(component));
    const inherited = (await formerUrns(parent)).flatMap((former) =>
        names.map((name) => {
            const renamed =
                parentName !== "" && name.startsWith(parentName)
                    ? nameOf(former) + name.slice(parentName.length)
                    : name;
            return `${former.slice(0, -nameOf(former).length - 2)}$${type}::${renamed}`;
        }),
    );
    return [...own, ...inherited];
}

/** `urn:pulumi:<stack>::<project>::<types, by $>::<name>` */
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");
const typeOf = (urn: string) => urn.split("::")[2]!.split("$").at(-1)!;

const known = (text: pulumi.Input<string>) =>
    new Promise<string>((resolve) => pulumi.output(text).apply((value) => resolve(value)));
