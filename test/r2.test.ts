// The adapter to R2 on the real thing: Miniflare's R2, which is workerd's.
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../sandbox/clock.ts";
import { Sender } from "../src/deliver.ts";
import { erase } from "../src/destinations/bind.ts";
import { r2 } from "../src/destinations/r2.ts";
import { event } from "../src/formats/event.ts";
import { putObject } from "../src/r2.ts";
import { auditEvents, letterOf } from "./support/events.ts";

let miniflare: Miniflare;
let bucket: R2Bucket;

beforeAll(async () => {
  miniflare = new Miniflare({
    workers: [
      {
        config: {
          name: "tidemark",
          compatibilityDate: "2026-11-01",
          env: { ARCHIVE: { type: "r2", name: "archive" } },
          manifest: {
            mainModule: "index.js",
            modulesRoot: "/",
            modules: {
              "index.js": {
                type: "esm",
                contents: "export default { fetch: () => new Response() }",
              },
            },
          },
        },
      },
    ],
  });
  bucket = (await miniflare.getR2Bucket("ARCHIVE")) as unknown as R2Bucket;
});
afterAll(() => miniflare.dispose());

const clock = new VirtualClock(Date.parse("2026-06-04T11:20:10Z"));
const fetch = (request: Request) => putObject(bucket, request);
const sender = new Sender({ fetch, clock }, erase(r2).bind({ bucket: "ARCHIVE" }, event));
const letters = auditEvents(3).map((one) => letterOf(one));
const keys = async () => (await bucket.list()).objects.map(({ key }) => key);

test("an archived object is gzip, says so, and holds the events", async () => {
  expect(await sender.send(letters, "usual", () => true)).toEqual({ kind: "delivered" });
  const [key = "", ...others] = await keys();
  expect(others).toEqual([]);
  expect(key).toMatch(
    /^event\/workspace=\w+\/year=2026\/month=06\/day=04\/\w+-\w{64}\.ndjson\.gz$/,
  );
  const object = await bucket.get(key);
  expect(object?.httpMetadata).toMatchObject({
    contentType: "application/x-ndjson",
    contentEncoding: "gzip",
  });
  const unzipped = object?.body.pipeThrough(new DecompressionStream("gzip"));
  const lines = (await new Response(unzipped as BodyInit).text()).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(letters.map((one) => one.event.id));
});

test("the same events sent again change nothing, and count as delivered", async () => {
  const before = await keys();
  const [key = ""] = before;
  const uploaded = (await bucket.head(key))?.uploaded;
  expect(await sender.send(letters, "usual", () => true)).toEqual({ kind: "delivered" });
  expect(await keys()).toEqual(before);
  expect((await bucket.head(key))?.uploaded).toEqual(uploaded);
});

test("a bucket that fails is tried again", async () => {
  const failing = { put: () => Promise.reject(new Error("internal error 10001")) };
  const broken = new Sender(
    { clock, fetch: (request) => putObject(failing as unknown as R2Bucket, request) },
    erase(r2).bind({ bucket: "ARCHIVE" }, event),
  );
  expect(await broken.send(letters, "usual", () => true)).toMatchObject({ kind: "retry" });
});
