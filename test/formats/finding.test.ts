// A finding in each schema: an OCSF Detection Finding, an ECS alert, and the same facts in all.
import { EcsFlat } from "@elastic/ecs";
import { expect, test } from "vitest";
import { plain } from "../../src/destinations/chat/text.ts";
import { toWords } from "../../src/destinations/chat/words.ts";
import { formats } from "../../src/formats/registry.ts";
import { Engine } from "../../src/rules/engine.ts";
import { toFindingEvent } from "../../src/rules/finding.ts";
import { rules } from "../../src/rules/registry.ts";
import { toEvents } from "../../src/rules/story.ts";
import { isObject } from "../../src/source/record.ts";
import { auditEvent } from "../support/events.ts";

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

test("on an event it leaves the event what it is, and says what rules say of it", () => {
  const technique = (id: string, name: string) => ({ id, name });
  const event = auditEvent({
    findings: [
      {
        rule: "setting.ai_switched_on",
        title: "AI switched on",
        severity: "medium",
        reason: null,
        technique: null,
      },
      {
        rule: "privilege.admin_granted",
        title: "Owner or Admin granted",
        severity: "high",
        reason: "ann@acme.com made ben_k@acme.com Admin.",
        technique: technique("T1098.003", "Account Manipulation: Additional Cloud Roles"),
      },
    ],
  });
  const only = (name: string) =>
    formats.find((format) => format.name === name)?.toDocuments(event)[0]?.content;
  expect(only("event")).toEqual(event);
  expect(only("cloudevents")).toMatchObject({ data: { findings: event.findings } });
  expect(only("raw")).toEqual(event.raw);
  expect(only("ecs")).toMatchObject({
    event: { kind: "event", action: event.type, severity: 73 },
    rule: { id: "privilege.admin_granted", name: "Owner or Admin granted", category: "privilege" },
    threat: {
      technique: {
        id: ["T1098"],
        name: ["Account Manipulation"],
        subtechnique: { id: ["T1098.003"], name: ["Additional Cloud Roles"] },
      },
    },
    webflow: {
      audit: {
        findings: [
          {
            rule: "privilege.admin_granted",
            severity: "high",
            reason: "ann@acme.com made ben_k@acme.com Admin.",
            technique: "T1098.003",
          },
          { rule: "setting.ai_switched_on", title: "AI switched on", severity: "medium" },
        ],
      },
    },
  });
  expect(only("ocsf")).toMatchObject({
    class_uid: 3005,
    enrichments: [
      {
        name: "metadata.event_code",
        value: event.type,
        provider: "Tidemark",
        short_desc: "Owner or Admin granted",
        desc: "ann@acme.com made ben_k@acme.com Admin.",
        data: { rule: "privilege.admin_granted", severity: "high" },
      },
      { short_desc: "AI switched on", data: { rule: "setting.ai_switched_on" } },
    ],
  });
  const { facts } = toWords(event, plain);
  expect(facts[0]).toEqual(["Findings", "Owner or Admin granted (high), AI switched on (medium)"]);
});
