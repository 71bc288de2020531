// An archive in R2. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { r2 } from "../../src/destinations/r2.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { raw } from "../../src/formats/raw.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const bound = erase(r2).bind({ bucket: "ARCHIVE" }, ownFormat);

destinationContract(r2, {
  options: [{ bucket: "ARCHIVE" }],
  url: "https://r2/",
  secrets: [],
  secretsIn: [],
  takes: [
    [200, ""],
    [412, ""],
  ],
  doesNotTake: [[204, ""]],
});

test("an object is lines of JSON under the workspace, the day and a hash of its content", () => {
  const event = auditEvent();
  const lines = '{"a":1}\n{"a":2}\n';
  const hash = createHash("sha256").update(lines).digest("hex");
  const day = "workspace=64f0c0ffee00000000000001/year=2026/month=06/day=04";
  expect(
    bound.encode([letterOf(event, { a: 1 }), letterOf(event, { a: 2 })], { nowMs: 0 }),
  ).toEqual({
    method: "PUT",
    url: `https://r2/event/${day}/20260604T112007123Z-${hash}.ndjson.gz`,
    binding: "ARCHIVE",
    headers: { "content-type": "application/x-ndjson", "if-none-match": "*" },
    body: lines,
    gzip: true,
  });
});

test("the folder tells the format", () => {
  const archive = erase(r2).bind({ bucket: "ARCHIVE" }, raw);
  expect(archive.encode([letterOf(auditEvent())], { nowMs: 0 }).url).toMatch("https://r2/raw/");
});

test("what happened around midnight lies in the folders of both days", () => {
  const letters = ["23:59:58", "23:59:59", "24:00:00"].map((time) => {
    const ms = Date.parse(`2026-06-04T${time}Z`);
    return letterOf(auditEvent({ time: new Date(ms).toISOString() }));
  });
  expect(bound.pack(letters).map(({ length }) => length)).toEqual([2, 1]);
});

test("workspaces never share an object, and none leaves its folder by its name", () => {
  const events = ["a", "../../b", ""].map((id) => auditEvent({ workspace: { id, slug: null } }));
  const urls = bound
    .pack(events.map((event) => letterOf(event)))
    .map((group) => bound.encode(group, { nowMs: 0 }).url);
  expect(urls.map((url) => /workspace=([^/]*)/.exec(url)?.[1])).toEqual([
    "a",
    ".._.._b",
    "unknown",
  ]);
});

test("the same events have the same key, other events another", () => {
  const [a, b, c] = auditEvents(3).map((event) => letterOf(event));
  if (!a || !b || !c) throw new Error("no letters");
  const keyOf = (...letters: (typeof a)[]) => bound.encode(letters, { nowMs: Date.now() }).url;
  expect(keyOf(a, b)).toBe(keyOf(a, b));
  expect(new Set([keyOf(a), keyOf(a, b), keyOf(a, b, c), keyOf(b)]).size).toBe(4);
});

test("a name that cannot be a binding is refused", () => {
  expect(() => erase(r2).bind({ bucket: "my bucket" }, ownFormat)).toThrow(
    "expected the name of a binding under [[r2_buckets]]",
  );
});
