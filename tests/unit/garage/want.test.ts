import assert from "node:assert/strict";
import type { BucketSpec } from "../../../sdk/bucketSpec";
import { awsConfig } from "../../../sdk/garage/awsConfig";
import { bucketWant, inOneLine, wantDigest } from "../../../sdk/garage/want";
import { websiteEndpoint } from "../../../sdk/garage/websiteEndpoint";

const spec: BucketSpec = {
    aliases: ["photos"],
    keys: [],
    exclusive: false,
    takeOver: false,
    needs: [],
};

describe("what a host is asked for", () => {
    it("is one line of ASCII that reads back as what it was", () => {
        const want = { prefix: 'a"b\\nü\u2028😀\u0007\n' };
        const line = inOneLine(want);
        assert.match(line, /^[\x20-\x7e]+$/);
        assert.deepEqual(JSON.parse(line), want);
    });

    it("says which quota there is not", () => {
        const { quotas } = bucketWant({ ...spec, quotas: { maxObjects: 3 } }, []) as { quotas: unknown };
        assert.deepEqual(quotas, { maxSizeBytes: null, maxObjects: 3 });
    });

    it("has another digest when anything of it changes", () => {
        const digests = [spec, { ...spec, takeOver: true }, { ...spec, aliases: ["photos", "pictures"] }].map(
            wantDigest,
        );
        assert.equal(new Set(digests).size, 3);
        for (const digest of digests) assert.match(digest, /^[0-9a-f]{12}$/);
    });
});

describe("a website's URL", () => {
    const website = { indexDocument: "index.html" };
    const at = (webEndpoint: string, webRootDomain: string) =>
        websiteEndpoint({ website, aliases: ["photos", "b"] }, { webEndpoint, webRootDomain });

    it("is the bucket's name below the cluster's domain, at the web server's port", () => {
        assert.equal(at("http://192.0.2.1:3902", ".web.example.org"), "http://photos.web.example.org:3902");
        assert.equal(at("http://[2001:db8::1]:80", "web.example.org"), "http://photos.web.example.org");
    });

    it("is empty without a website", () => {
        const facts = { webEndpoint: "http://a:3902", webRootDomain: ".b" };
        assert.equal(websiteEndpoint({ aliases: ["photos"] }, facts), "");
    });
});

describe("a profile for clients", () => {
    it("has a section of its own, so that it may be added to others", () => {
        const lines = awsConfig({
            ...{ profile: "app", endpoint: "http://a:3900", region: "garage" },
            ...{ accessKeyId: "GK1", secretAccessKey: "5" },
        }).split("\n");
        assert.equal(lines[0], "[profile app]");
        assert.equal(lines.filter((line) => line.startsWith("[")).length, 1);
        assert.ok(lines.includes("endpoint_url = http://a:3900"));
    });
});
