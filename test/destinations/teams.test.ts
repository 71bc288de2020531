// Microsoft Teams. https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import type { Verdict } from "../../src/destinations/destination.ts";
import type { toMessage } from "../../src/destinations/teams/card.ts";
import { teams } from "../../src/destinations/teams.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { expectPlainLine } from "../support/chat.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, hostileEvents, letterOf } from "../support/events.ts";

const sig = "Qm9yZWQtb2Ytc2VjcmV0cy1hcmUtd2U_-AbCdEfGhIj";
const flow = "/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke";
const url = `https://prod-12.westeurope.logic.azure.com${flow}?api-version=2016-06-01&sig=${sig}`;
const newUrl = `https://default0123.ef.environment.api.powerplatform.com/powerautomate/automations/direct${flow}?sv=1.0&sig=${sig}`;

destinationContract(teams, {
  options: [{ url }, { url: newUrl }],
  url: "https://",
  secrets: [sig, `${flow}?api-version`],
  secretsIn: ["url"],
  maxBytes: () => 20_000,
  takes: [
    [202, ""],
    [202, "Accepted"],
    [200, ""],
  ],
  doesNotTake: [[200, "Microsoft Teams endpoint returned HTTP error 429"]],
});

const bound = erase(teams).bind({ url }, ownFormat);
type Message = ReturnType<typeof toMessage>;
const messageOf = (events: readonly AuditEvent[]): Message =>
  JSON.parse(
    String(
      bound.encode(
        events.map((event) => letterOf(event)),
        { nowMs: 0 },
      ).body,
    ),
  );
const all = (events: readonly AuditEvent[]) =>
  bound
    .pack(events.map((event) => letterOf(event)))
    .map((group) => messageOf(group.map(({ event }) => event)));
const paragraphsOf = (message: Message) => message.attachments[0]?.content.body ?? [];
const linesOf = (message: Message) =>
  paragraphsOf(message).map(({ inlines }) => inlines.map(({ text }) => text).join(""));
const idsOf = (message: Message) =>
  paragraphsOf(message).flatMap(({ inlines }) =>
    inlines.flatMap(({ fontType, text }) => (fontType === "Monospace" ? text : [])),
  );

test("an event is a card: sentence, facts, context, in runs of text", () => {
  const event = auditEvent();
  const { body, ...head } = bound.encode([letterOf(event)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  const fact = (label: string, value: string) => ({
    type: "RichTextBlock",
    inlines: [
      { type: "TextRun", text: label, weight: "Bolder" },
      { type: "TextRun", text: `  ${value}` },
    ],
  });
  expect(JSON.parse(String(body))).toEqual({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            {
              type: "RichTextBlock",
              inlines: [
                { type: "TextRun", text: "High", weight: "Bolder", color: "Attention" },
                { type: "TextRun", text: ` · ${event.summary}` },
              ],
            },
            fact("Actor", "ann@acme.com"),
            fact("Target", "ben_k@acme.com"),
            fact("Role", "Designer → Workspace Admin"),
            fact("Method", "dashboard"),
            {
              type: "RichTextBlock",
              inlines: [
                {
                  type: "TextRun",
                  text: "2026-06-04 11:20:07 UTC · acme · workspace_membership.user_role_updated · ",
                  isSubtle: true,
                },
                { type: "TextRun", text: event.id, fontType: "Monospace", isSubtle: true },
              ],
            },
          ],
        },
      },
    ],
  });
});

test("many events are one card, with what belongs together, a line an event and the counts", () => {
  const events = auditEvents(4).map(
    (e, n) => ({ ...e, severity: n === 2 ? "critical" : "low" }) as const,
  );
  const [digest] = all(events);
  if (!digest) throw new Error("no digest");
  const said = "ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin";
  expect(linesOf(digest)).toEqual([
    "4 events in acme · most severe: critical",
    "• ann@acme.com: 4 × workspace_membership.user_role_updated",
    `2026-06-04 11:20:07 UTC  Low  ${said} · ${events[0]?.id}`,
    `2026-06-04 11:20:08 UTC  Low  ${said} · ${events[1]?.id}`,
    `2026-06-04 11:20:09 UTC  Critical  ${said} · ${events[2]?.id}`,
    `2026-06-04 11:20:10 UTC  Low  ${said} · ${events[3]?.id}`,
    "1 Critical · 3 Low",
  ]);
});

test("whatever the events contain, a card stays below 20 KB, and nothing in it is Markdown, a mention, a link or a date", () => {
  fc.assert(
    fc.property(hostileEvents(60), (events) => {
      const messages = all(events);
      for (const message of messages) {
        expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(20_000);
        expect(Object.keys(message)).toEqual(["type", "attachments"]);
        // Mentions need a list of entities.
        expect(message.attachments[0]?.content.msteams).toEqual({ width: "Full" });
        for (const { type, inlines } of paragraphsOf(message)) {
          expect(type).toBe("RichTextBlock");
          for (const run of inlines) {
            expect(run.type).toBe("TextRun");
            expect(run.text).not.toBe("");
            expect(run.text).not.toContain("{");
            expectPlainLine(run.text);
          }
        }
      }
      expect(messages.flatMap(idsOf)).toEqual(events.map(({ id }) => id));
    }),
    { numRuns: 60 },
  );
});

const judge = (status: number, body: string) =>
  bound.judge({ kind: "answer", status, headers: new Headers(), body }, { nowMs: 0 }, []);
const refusal = (code: string) => JSON.stringify({ error: { code, message: "…" } });
const connector = (status: number) =>
  `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${status} with ContextId tcid=0.`;

test.each<[number, string, Verdict["kind"]]>([
  [202, "", "delivered"],
  [200, "", "delivered"],
  [200, "1", "delivered"],
  [204, "", "delivered"],
  [200, connector(429), "retry"],
  [202, connector(429), "retry"],
  [200, connector(503), "retry"],
  [200, connector(413), "reject"],
  [200, connector(400), "reject"],
  [400, refusal("InvalidRequestContent"), "reject"],
  [400, refusal("WorkflowTriggerIsNotEnabled"), "halt"],
  [400, refusal("TriggerInputSchemaMismatch"), "halt"],
  [401, refusal("AuthorizationFailed"), "halt"],
  [403, "", "halt"],
  [404, refusal("WorkflowNotFound"), "halt"],
  [413, "", "reject"],
  [429, "", "retry"],
  [502, refusal("NoResponse"), "retry"],
])("HTTP %i %j: %s", (status, body, kind) => {
  expect(judge(status, body).kind).toBe(kind);
});

test("what it takes, it has not posted yet, and says so", () => {
  const note = "Teams runs the flow later: look into the channel";
  expect(judge(202, "")).toEqual({ kind: "delivered", note });
  expect(judge(404, refusal("WorkflowNotFound"))).toMatchObject({
    reason: expect.stringMatching(/^HTTP 404: .*Is the workflow still there\?/),
  });
});

describe("the option url", () => {
  test("is taken as it is requested", () => {
    const pasted = ` ${url.replace(".com/", ".com:443/")}\n`;
    expect(teams.options.parse({ url: pasted }).url).toBe(url);
  });

  test.each([
    "",
    url.replace("https:", "http:"),
    url.replace(`&sig=${sig}`, ""),
    url.replace("logic.azure.com", "logic.azure.com.evil.example"),
    url.replace("https://", "https://ann:pw@"),
    url.replace(".com/", ".com:8443/"),
    "https://acme.webhook.office.com/webhookb2/0123?sig=x",
    "https://logic.azure.com/?sig=x",
    undefined,
  ])("refuses %j, and says what is expected without repeating it", (given) => {
    const { error } = teams.options.safeParse({ url: given });
    expect(error?.message).toContain("expected the URL of a Teams workflow");
    expect(error?.message).not.toContain("evil");
    expect(error?.message).not.toContain(sig);
  });
});
