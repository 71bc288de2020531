// A finding in each schema: an OCSF Detection Finding, an ECS alert, and the same facts in all.
import { EcsFlat } from "@elastic/ecs";
import { expect, test } from "vitest";
import { formats } from "../../src/formats/registry.ts";
import { Engine } from "../../src/rules/engine.ts";
import { toFindingEvent } from "../../src/rules/finding.ts";
import { rules } from "../../src/rules/registry.ts";
import { toEvents } from "../../src/rules/story.ts";
import { isObject } from "../../src/source/record.ts";

/** What each rule finds in the first of its own examples. */
const found = rules.map((rule) => {
  const [example] = rule.examples.fires;
  if (!example) throw new Error(`${rule.name} has no example`);
  const engine = new Engine([rule.bind(example.parameters)]);
  const findings = toEvents(example.story).flatMap((event) => [
    ...engine.atOnce(event),
    ...engine.inOrder(event),
  ]);
  const finding = findings.at(-1);
  if (!finding) throw new Error(`${rule.name} does not fire`);
  return finding;
});
const document = (name: string, rule: string) => {
  const finding = found.find((one) => one.rule.name === rule);
  if (!finding) throw new Error(rule);
  const documents = formats
    .find((format) => format.name === name)
    ?.toDocuments(toFindingEvent(finding));
  expect(documents).toHaveLength(1);
  return documents?.[0]?.content ?? {};
};

test("in OCSF it is a Detection Finding, with its rule, technique, evidence and what to do", () => {
  const [event] = found;
  expect(document("ocsf", "privilege.admin_after_joining")).toMatchObject({
    class_uid: 2004,
    category_uid: 2,
    activity_id: 1,
    type_uid: 200401,
    type_name: "Detection Finding: Create",
    severity_id: 5,
    status_id: 1,
    is_alert: true,
    finding_info: {
      title: "Admin soon after joining",
      desc: 'ann@acme.example made ben@acme.example "Admin" 20 minutes after they joined.',
      types: ["privilege"],
      analytic: { type_id: 1, type: "Rule", uid: "privilege.admin_after_joining" },
      attacks: [
        {
          technique: { uid: "T1098", name: "Account Manipulation" },
          sub_technique: { uid: "T1098.003", name: "Additional Cloud Roles" },
        },
      ],
      related_events: [{ uid: expect.any(String) }, { uid: expect.any(String) }],
    },
    evidences: [
      { actor: { user: { email_addr: "ann@acme.example" } } },
      { user: { email_addr: "ben@acme.example" } },
    ],
    remediation: { desc: expect.stringMatching(/^See who invited them/) },
    metadata: { log_provider: "Tidemark", event_code: "tidemark.finding" },
  });
  expect(event?.evidence).toContain(event?.event.id);
});

test("in ECS it is an alert, with its rule and technique", () => {
  expect(document("ecs", "login.impossible_travel")).toMatchObject({
    event: {
      kind: "alert",
      category: ["intrusion_detection"],
      type: ["info"],
      action: "tidemark.finding",
      severity: 73,
      reason: expect.stringMatching(/^ann@acme.example logged in from Madrid ES 30 minutes after/),
    },
    rule: { id: "login.impossible_travel", name: "Impossible travel", category: "login" },
    threat: {
      framework: "MITRE ATT&CK",
      technique: {
        id: ["T1078"],
        name: ["Valid Accounts"],
        subtechnique: { id: ["T1078.004"], name: ["Cloud Accounts"] },
      },
    },
    user: { email: "ann@acme.example" },
    webflow: { audit: { evidence: [expect.any(String), expect.any(String)] } },
  });
});

test("every field that it has in ECS is one of ECS's own, a list where ECS wants one", () => {
  const known: Readonly<Record<string, { readonly normalize: readonly string[] }>> = EcsFlat;
  const problems = (value: unknown, path: string): string[] => {
    if (isObject(value))
      return Object.entries(value).flatMap(([key, inner]) =>
        problems(inner, path === "" ? key : `${path}.${key}`),
      );
    const field = known[path];
    if (!field) return [`${path} is no field`];
    return field.normalize.includes("array") === Array.isArray(value) ? [] : [`${path}: a list?`];
  };
  for (const { rule } of found) {
    const { webflow: _, ...content } = document("ecs", rule.name);
    expect(problems(content, "")).toEqual([]);
  }
});

test("the same finding has the same id, and a sentence that fits", () => {
  for (const finding of found) {
    const event = toFindingEvent(finding);
    expect(toFindingEvent(finding)).toEqual(event);
    expect(event.id).toMatch(/^[0-9A-Z]{10}[0-9A-F]{16}$/);
    expect(event.summary.length).toBeLessThanOrEqual(1000);
    expect(event.summary).toContain(finding.rule.check);
  }
  const ids = found.map((finding) => toFindingEvent(finding).id);
  expect(new Set(ids).size).toBe(ids.length);
});
