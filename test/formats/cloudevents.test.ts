// The event as a CloudEvent: the whole envelope, where it comes from, what it is about, and hostile values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../../src/event/event.ts";
import { cloudevents } from "../../src/formats/cloudevents.ts";
import type { Document } from "../../src/formats/format.ts";
import { toSystemEvent } from "../../src/system-event.ts";
import { auditEvent, hostileEvent } from "../support/events.ts";
import { exampleEvents, hasExamples } from "../support/examples.ts";

function only(event: AuditEvent): Document["content"] {
  const [document, ...others] = cloudevents.toDocuments(event);
  expect(others).toEqual([]);
  expect(document?.id).toBe(event.id);
  return document?.content ?? {};
}

const person = (id: string | null, email: string | null) => ({ id, email });

test("the envelope says what happened, where, when and to whom; the data is Tidemark's event", () => {
  const event = auditEvent();
  expect(only(event)).toEqual({
    specversion: "1.0",
    id: event.id,
    source: "/webflow/workspaces/64f0c0ffee00000000000001",
    type: "com.webflow.audit.workspace_membership.user_role_updated",
    subject: "64f0c0ffee0000000000000b",
    time: "2026-06-04T11:20:07.123Z",
    datacontenttype: "application/json",
    data: event,
  });
});

test("what happens to Tidemark itself is of Tidemark's own type, in the same workspace", () => {
  const event = toSystemEvent(
    { name: "source_refused", severity: "critical", summary: "401." },
    Date.parse("2026-06-04T11:20:07.123Z"),
    "acme",
  );
  const content = only(event);
  expect(content).toMatchObject({
    type: "dev.tidemark.source_refused",
    source: "/webflow/workspaces/acme",
  });
  expect(content).not.toHaveProperty("subject");
});

describe("the subject", () => {
  const site = { id: "s1", slug: "shop" };
  const cases: readonly (readonly [string, Partial<AuditEvent>, string | undefined])[] = [
    ["is the person by id", { targets: [person("1", "a@b.c")], site }, "1"],
    ["is the person by e-mail address", { targets: [person(null, "a@b.c")], site }, "a@b.c"],
    [
      "is the site of several people",
      { targets: [person("1", null), person("2", null)], site },
      "s1",
    ],
    ["is the site by its name", { targets: [], site: { id: null, slug: "shop" } }, "shop"],
    ["is absent of several people", { targets: [person("1", null), person("2", null)] }, undefined],
    ["is absent where nothing has a name", { targets: [person("", "\u0000")] }, undefined],
  ];

  test.each(cases)("%s", (_, overrides, subject) => {
    const content = only(auditEvent(overrides));
    expect(content.subject).toBe(subject);
    expect("subject" in content).toBe(subject !== undefined);
  });
});

describe("the source", () => {
  const source = (id: string, slug: string | null = null) =>
    only(auditEvent({ workspace: { id, slug } as AuditEvent["workspace"] })).source;

  test.each([
    ["acme", "/webflow/workspaces/acme"],
    ["a b/c?d#é", "/webflow/workspaces/a%20b%2Fc%3Fd%23%C3%A9"],
    ["\ud83d", "/webflow/workspaces/%EF%BF%BD"],
  ])("of the workspace %j is the URI reference %s", (id, expected) => {
    expect(source(id)).toBe(expected);
  });

  test("goes by the slug where there is no id, and is never empty", () => {
    expect(source("", "acme")).toBe("/webflow/workspaces/acme");
    expect(source("")).toBe("/webflow/workspaces");
  });

  test("is a URI reference whatever the workspace is called", () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const { source: found } = only(event);
        expect(URL.canParse(String(found), "https://x.example")).toBe(true);
        expect(found).toMatch(/^[\w/.!~*'()%-]+$/);
      }),
    );
  });
});

test.skipIf(!hasExamples)(
  "the documentation's 24 examples have their subjects (needs ../shared/data)",
  () => {
    const subjects = exampleEvents().map((event) => only(event).subject);
    const [someone, ford, zaphod] = [
      "672946bf5d384ea895bb95e2",
      "ford.prefect@example.com",
      "580e63e98c9a982ac9b8b741",
    ];
    // biome-ignore format: as the examples are grouped
    expect(subjects).toEqual([
      undefined, undefined, undefined, undefined,
      undefined, undefined, undefined,
      "60492e55bbddce079561cd7a", someone, someone, zaphod,
      someone, someone, someone, someone,
      ford, zaphod, ford, ford, zaphod, undefined,
      undefined, someone, ford,
    ]);
  },
);
