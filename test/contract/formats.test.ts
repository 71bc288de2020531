// What every format promises, run over the whole registry. A format that is new needs a row in `promises`.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type AuditEvent, toJsonSchema } from "../../src/event/event.ts";
import type { Document } from "../../src/formats/format.ts";
import { formats } from "../../src/formats/registry.ts";
import { toPrivacy } from "../../src/privacy/private.ts";
import { normalize } from "../event/items.ts";
import { auditEvent, hostileEvent, hostileItem } from "../support/events.ts";
import { fromEcs, fromOcsf } from "../support/to-item.ts";

/** The schema as its readers have it, not the one that the event was made with. */
const published = z.fromJSONSchema(JSON.parse(JSON.stringify(toJsonSchema())));

/** Throws unless the documents, as a receiver parses them, are what the format promises of the event. */
const promises: Readonly<
  Record<string, (documents: readonly Document[], event: AuditEvent) => void>
> = {
  event: (documents, event) => {
    expect(published.safeParse(documents[0]?.content).error).toBeUndefined();
    expect(documents).toEqual([{ id: event.id, content: event }]);
  },
  ocsf: (documents, event) => {
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
    for (const { id, content } of documents) {
      expect(documents.length === 1 ? id : id.replace(/-\d+$/, "")).toBe(event.id);
      expect(content).toMatchObject({
        time: Date.parse(event.time),
        type_uid: Number(content.class_uid) * 100 + Number(content.activity_id),
        metadata: { uid: id, version: "1.8.0", product: { name: expect.any(String) } },
      });
      expect(JSON.stringify(fromOcsf(content))).toBe(JSON.stringify(event.raw));
      expect(noiseIn(content)).toEqual([]);
    }
  },
  ecs: (documents, event) => {
    const [{ id, content } = { id: "", content: {} }] = documents;
    expect([documents.length, id]).toEqual([1, event.id]);
    expect(content).toMatchObject({
      "@timestamp": event.time,
      ecs: { version: "9.4.0" },
      event: { kind: "event", id, dataset: "webflow.audit" },
    });
    expect(JSON.stringify(fromEcs(content))).toBe(JSON.stringify(event.raw));
    expect(noiseIn(content)).toEqual([]);
  },
  cloudevents: (documents, event) => {
    const [{ id, content } = { id: "", content: {} }] = documents;
    expect([documents.length, id]).toEqual([1, event.id]);
    const { data, ...attributes } = content;
    expect(data).toEqual(event);
    expect(attributes).toMatchObject({ specversion: "1.0", id, time: event.time });
    expect(attributes.source).toMatch(/^\/webflow\/workspaces(?:\/[\w.!~*'()%-]+)?$/);
    for (const value of Object.values(attributes)) {
      expect(value).toMatch(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]+$/u);
    }
  },
  raw: (documents, { id, raw }) => {
    expect(documents).toEqual([{ id, content: raw }]);
  },
};

/** Where a value says nothing, or is no text that every receiver takes. */
function noiseIn(value: unknown, path = ""): string[] {
  if (typeof value === "string") return value !== "" && value.isWellFormed() ? [] : [path];
  if (typeof value !== "object" || value === null) return value === null ? [path] : [];
  const members = Object.entries(value);
  if (members.length === 0) return [path];
  return members.flatMap(([key, member]) => noiseIn(member, `${path}.${key}`));
}

/** Events as they come out of items with any JSON in their fields, of known types and others. */
const normalized = fc
  .oneof(
    hostileItem,
    fc.dictionary(fc.string(), fc.jsonValue()).map((fields) => ({
      eventType: "workspace_membership",
      eventSubType: "user_role_updated",
      ...fields,
      timestamp: "2026-06-04T11:20:07.123Z",
    })),
  )
  .map(normalize);
/** As a destination sees them that is not to see all. */
const guarded = fc
  .record({
    event: fc.oneof(hostileEvent, normalized, fc.constant(auditEvent())),
    mask: fc.subarray(["actor.email", "source.ip", "workspace.id", "role", "setting.value"]),
    pseudonymize: fc.subarray(["actor.id", "targets[].email", "targets[].id", "source.location"]),
  })
  .map(({ event, ...settings }) => toPrivacy(settings, "a key of the tests")(event));
const anyEvent = fc.oneof(hostileEvent, normalized, guarded, fc.constant(auditEvent()));

test("every format in the registry has a promise here, and its own name", () => {
  const names = formats.map(({ name }) => name);
  expect(Object.keys(promises).toSorted()).toEqual(names.toSorted());
});

test("the schema that an event is held to refuses what is none", () => {
  expect(published.safeParse(auditEvent()).success).toBe(true);
  for (const change of [{ id: 5 }, { severity: "urgent" }, { time: "yesterday" }, { raw: "" }]) {
    expect(published.safeParse({ ...auditEvent(), ...change }).success).toBe(false);
  }
  const { summary: _, ...rest } = auditEvent();
  expect(published.safeParse(rest).success).toBe(false);
});

describe.each(formats)("$name", ({ name, title, toDocuments }) => {
  test("says what it is", () => {
    expect(title).not.toBe("");
  });

  test("makes of every event documents that keep its promise on the receiver's side", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const received: readonly Document[] = JSON.parse(JSON.stringify(toDocuments(event)));
        promises[name]?.(received, JSON.parse(JSON.stringify(event)));
      }),
      { numRuns: 300 },
    );
  });

  test("loses nothing on the way into JSON", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const text = JSON.stringify(toDocuments(event));
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("is pure: the same event gives the same documents, and stays as it was", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const before = JSON.stringify(event);
        const documents = JSON.stringify(toDocuments(event));
        expect(JSON.stringify(toDocuments(structuredClone(event)))).toBe(documents);
        expect(JSON.stringify(event)).toBe(before);
      }),
    );
  });
});
