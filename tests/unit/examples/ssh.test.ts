import { match, rejects } from "node:assert";
import * as pulumi from "@pulumi/pulumi";

/** The layout that examples/ssh asks for with so many hosts. */
async function layoutOf(count: number, config: Record<string, string> = {}): Promise<string> {
    const hosts = Array.from({ length: count }, (_, index) => ({
        name: `node-${index}`,
        zone: "z",
        capacity: "1G",
        host: `192.0.2.${index + 1}`,
    }));
    let line = "";
    const mocks: pulumi.runtime.Mocks = {
        call: () => ({}),
        newResource: ({ name, inputs }) => {
            if (name === "store-layout") line = inputs.create;
            return { id: name, state: inputs };
        },
    };
    await pulumi.runtime.setMocks(mocks, "project", "stack", false);
    pulumi.runtime.setAllConfig({ "project:hosts": JSON.stringify(hosts), ...config });
    const program = require.resolve("../../../examples/ssh");
    delete require.cache[program];
    try {
        await pulumi.runtime.runInPulumiStack(async () => require(program));
    } finally {
        await pulumi.runtime.disconnect();
        pulumi.runtime.setAllConfig({});
    }
    return line;
}

describe("examples/ssh", () => {
    it("keeps three copies when a host is added", async () => {
        match(await layoutOf(3), / rf=3 /);
        match(await layoutOf(4), / rf=3 /);
    });

    it("keeps the copies that its configuration names when a host is added", async () => {
        const config = { "project:replicationFactor": "2" };
        match(await layoutOf(2, config), / rf=2 /);
        match(await layoutOf(3, config), / rf=2 /);
    });

    it("takes no fewer hosts than copies", () => rejects(layoutOf(2), /can't hold 3 copies|1 problem/));
});
