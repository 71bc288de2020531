// ECS by the fields that Elastic publishes: https://github.com/elastic/ecs-typescript
import { expect, test } from "vitest";
import { ecs } from "../../src/formats/ecs.ts";
import { ecsFaults } from "./ecs-rules.ts";
import { everyItem, received } from "./items.ts";

const event = {
  kind: "event",
  category: ["iam"],
  type: ["user", "change"],
  outcome: "success",
  action: "workspace_membership.user_role_updated",
};
const good = {
  "@timestamp": "2026-06-04T11:20:07.123Z",
  ecs: { version: "9.4.0" },
  event,
  message: "ann@acme.com changed the role of ben@acme.com",
  user: { id: "u1", name: "ann@acme.com", target: { id: "u2", roles: ["Admin"] } },
  source: { ip: "2001:db8::17", geo: { city_name: "Dublin", country_iso_code: "IE" } },
  related: { user: ["u1", "u2"], ip: ["2001:db8::17"] },
  labels: { late: "true" },
  webflow: { audit: { anything: [{ at: null }] } },
};

test("the check of ECS finds nothing wrong with a good document, dotted names included", () => {
  expect(ecsFaults(good)).toEqual([]);
  const { event: _, ...rest } = good;
  const dotted = { "event.category": ["configuration"], "event.type": ["change"] };
  expect(ecsFaults({ ...rest, ...dotted })).toEqual([]);
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["a field is none of ECS", { ...good, actor: { id: "u1" } }],
  ["a field within an object is none of ECS", { ...good, user: { ...good.user, mail: "x" } }],
  ["a field only begins like ours", { ...good, webflow_audit: { site: "www" } }],
  ["an object is empty", { ...good, user: {} }],
  ["a list is a single value", { ...good, event: { ...event, category: "iam" } }],
  ["a single value is a list", { ...good, event: { ...event, action: ["a", "b"] } }],
  ["a field is null", { ...good, source: { ip: null } }],
  ["a text is a number", { ...good, user: { id: 5 } }],
  ["a text is an object", { ...good, user: { id: { value: "u1" } } }],
  ["a time is none", { ...good, "@timestamp": "yesterday" }],
  ["a time is a number", { ...good, "@timestamp": 1_780_572_007_123 }],
  ["an address of the network is none", { ...good, source: { ip: "203.0.113" } }],
  ["an address of the network has a zone", { ...good, source: { ip: "fe80::1%eth0" } }],
  ["an address in a list is none", { ...good, related: { ip: ["203.0.113.9", "unknown"] } }],
  ["a label is no text", { ...good, labels: { late: { deep: true } } }],
  ["a number is none", { ...good, event: { ...event, severity: "high" } }],
  ["a category is not allowed", { ...good, event: { ...event, category: ["identity"] } }],
  ["a kind is not allowed", { ...good, event: { ...event, kind: "log" } }],
  ["an outcome is not allowed", { ...good, event: { ...event, outcome: "ok" } }],
  ["a type is not expected of the category", { ...good, event: { ...event, type: ["start"] } }],
  ["a type has no category", { ...good, event: { kind: "event", type: ["info"] } }],
  ["the time is missing", { ...good, "@timestamp": undefined }],
  ["the version is missing", { ...good, ecs: undefined }],
  ["the version is another", { ...good, ecs: { version: "8.17.0" } }],
])("the check of ECS finds that %s", (_, document) => {
  expect(ecsFaults(JSON.parse(JSON.stringify(document)))).not.toEqual([]);
});

everyItem("as ECS it is valid", ({ event }) =>
  received(ecs.toDocuments(event)).flatMap(({ content }) => ecsFaults(content)),
);
