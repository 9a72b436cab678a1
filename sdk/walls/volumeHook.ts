import type * as pulumi from "@pulumi/pulumi";

/** AWS refuses it too, but only when everything before it has been done. */
export function refuseShrinking({ name, newInputs, oldInputs }: pulumi.ResourceHookArgs): void {
    const [old, now] = [oldInputs?.size, newInputs?.size];
    if (typeof old !== "number" || typeof now !== "number" || now >= old) return;
    throw new Error(
        `${name}: ${now} GiB are asked for, and the volume has ${old}: a volume never shrinks; nothing was changed. Set the size back to ${old}.`,
    );
}
