// Google Chat. https://developers.google.com/workspace/chat/quickstart/webhooks
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import type { Verdict } from "../../src/destinations/destination.ts";
import type { toMessage } from "../../src/destinations/google-chat/card.ts";
import { googleChat } from "../../src/destinations/google-chat.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { expectPlainLine } from "../support/chat.ts";
import { destinationContract } from "../support/destination-contract.ts";
import {
  auditEvent,
  auditEvents,
  hostileEvent,
  hostileEvents,
  letterOf,
} from "../support/events.ts";

const key = "AIzaSyDdI0hCZtE6vySjMm-WEfRq3CPzqKqqsHI";
const token = "Xk29fj3kd0sLw8QmZx7Vb5NtYrEpAoUi1234567890%3D";
const url = `https://chat.googleapis.com/v1/spaces/AAAAbCdEfGh/messages?key=${key}&token=${token}`;

destinationContract(googleChat, {
  options: [{ url }],
  url: "https://chat.googleapis.com/v1/spaces/AAAAbCdEfGh/messages?",
  secrets: [key, token],
  secretsIn: ["url"],
  maxBytes: () => 32_000,
  takes: [[200, '{"name":"spaces/AAAAbCdEfGh/messages/B.C","thread":{"name":"t"}}']],
  doesNotTake: [
    [200, ""],
    [200, "{}"],
    [200, "<html>captive portal</html>"],
    [204, ""],
  ],
});

const bound = erase(googleChat).bind({ url }, ownFormat);
type Message = ReturnType<typeof toMessage>;
const all = (events: readonly AuditEvent[]): Message[] =>
  bound
    .pack(events.map((event) => letterOf(event)))
    .map((group) => JSON.parse(String(bound.encode(group, { nowMs: 0 }).body)));
const plainOf = (event: AuditEvent): { text: string } =>
  JSON.parse(String(bound.encodePlain?.(letterOf(event), { nowMs: 0 }).body));
const widgetsOf = (message: Message) => message.cardsV2[0]?.card.sections[0]?.widgets ?? [];
const textsOf = (message: Message) =>
  widgetsOf(message).map((one) =>
    "textParagraph" in one ? one.textParagraph.text : one.decoratedText.text,
  );

test("an event is a card: sentence, facts, context", () => {
  const event = auditEvent();
  const { body, ...head } = bound.encode([letterOf(event)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  const fact = (topLabel: string, text: string) => ({
    decoratedText: { topLabel, text, wrapText: true },
  });
  expect(JSON.parse(String(body))).toEqual({
    fallbackText: `2026-06-04 11:20:07 UTC  High  ann@acme․com changed the role of ben_k@acme․com from Designer to Workspace Admin · ${event.id}`,
    cardsV2: [
      {
        cardId: "tidemark",
        card: {
          sections: [
            {
              widgets: [
                {
                  textParagraph: {
                    text: `<b><font color="#E8702A">High</font></b> · ${event.summary}`,
                  },
                },
                fact("Actor", "ann@acme.com"),
                fact("Target", "ben_k@acme.com"),
                fact("Role", "Designer → Workspace Admin"),
                fact("Method", "dashboard"),
                {
                  textParagraph: {
                    text: `2026-06-04 11:20:07 UTC · acme · workspace_membership.user_role_updated · ${event.id}`,
                  },
                },
              ],
            },
          ],
        },
      },
    ],
  });
});

test("many events are one message, with what belongs together, a line an event and the counts", () => {
  const events = auditEvents(4).map(
    (e, n) => ({ ...e, severity: n === 2 ? "critical" : "low" }) as const,
  );
  const [digest] = all(events);
  if (!digest) throw new Error("no digest");
  const said = "ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin";
  const low = '<b><font color="#2F80ED">Low</font></b>';
  expect(digest.fallbackText).toBe("4 events in acme · most severe: critical");
  expect(textsOf(digest)).toEqual([
    "<b>4 events in acme · most severe: critical</b>",
    "• ann@acme.com: 4 × workspace_membership.user_role_updated",
    `2026-06-04 11:20:07 UTC  ${low}  ${said} · ${events[0]?.id}`,
    `2026-06-04 11:20:08 UTC  ${low}  ${said} · ${events[1]?.id}`,
    `2026-06-04 11:20:09 UTC  <b><font color="#E01E5A">Critical</font></b>  ${said} · ${events[2]?.id}`,
    `2026-06-04 11:20:10 UTC  ${low}  ${said} · ${events[3]?.id}`,
    "1 Critical · 3 Low",
  ]);
});

describe("whatever the events contain", () => {
  const ours = /<b><font color="#[0-9A-F]{6}">\w+<\/font><\/b>|^<b>|<\/b>$/g;

  test("a message stays below 32,000 bytes and 100 widgets, and no text is HTML, a link or a ping", () => {
    fc.assert(
      fc.property(hostileEvents(60), fc.integer({ min: 1, max: 4 }), (events, times) => {
        const messages = all(Array.from({ length: times }, () => events).flat());
        for (const message of messages) {
          expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(32_000);
          expect(widgetsOf(message).length).toBeLessThanOrEqual(100);
          // Only the text of a message can ping.
          expect(Object.keys(message)).toEqual(["fallbackText", "cardsV2"]);
          expectPlainLine(message.fallbackText);
          expect(message.fallbackText).not.toMatch(/[<>*~`]/);
          for (const text of textsOf(message)) {
            expect(text).not.toBe("");
            expectPlainLine(text);
            const others = text.replace(ours, "");
            expect(others).not.toMatch(/[<>]/);
            expect(others.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
          }
        }
        const sent = messages.flatMap((message) =>
          textsOf(message).flatMap((text) => events.filter(({ id }) => text.endsWith(` · ${id}`))),
        );
        expect(sent.length).toBe(times * events.length);
      }),
      { numRuns: 40 },
    );
  });

  test("the plain form formats nothing, links nothing and pings nobody", () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const message = plainOf(event);
        expect(Object.keys(message)).toEqual(["text"]);
        expectPlainLine(message.text);
        expect(message.text).not.toMatch(/[<>*~`]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/);
        expect(message.text).not.toMatch(/\S\.[a-z]/i);
        expect(message.text.endsWith(` · ${event.id}`)).toBe(true);
        expect(message.text.length).toBeLessThan(4000);
      }),
    );
  });
});

const judge = (status: number, body: string) =>
  bound.judge({ kind: "answer", status, headers: new Headers(), body }, { nowMs: 0 }, []);
const error = (message: string) => JSON.stringify({ error: { message } });

test.each<[number, string, Verdict["kind"]]>([
  [200, '{"name":"spaces/A/messages/B"}', "delivered"],
  [200, "{}", "retry"],
  [204, "", "retry"],
  [400, error("Message cannot be empty."), "reject"],
  [400, error("API key not valid. Please pass a valid API key."), "halt"],
  [400, '{"error":{"details":[{"reason":"API_KEY_INVALID"}]}}', "halt"],
  [401, "", "halt"],
  [403, "", "halt"],
  [404, "", "halt"],
  [413, "", "reject"],
  [429, "", "retry"],
  [500, "", "retry"],
  [503, "", "retry"],
])("HTTP %i %j: %s", (status, body, kind) => {
  expect(judge(status, body).kind).toBe(kind);
});

test("webhooks of one space share its pace", () => {
  const another = erase(googleChat).bind({ url: url.replace("Xk29", "Yk29") }, ownFormat);
  const elsewhere = erase(googleChat).bind({ url: url.replace("bCdEfGh", "xxxxxxx") }, ownFormat);
  expect(another.paceKey).toBe(bound.paceKey);
  expect(elsewhere.paceKey).not.toBe(bound.paceKey);
  expect(bound.minIntervalMs).toBe(1000);
});

describe("the option url", () => {
  test("is taken as Google shows it", () => {
    expect(googleChat.options.parse({ url: `${url}\n` }).url).toBe(url);
  });

  test.each([
    "",
    url.replace("https:", "http:"),
    url.replace("googleapis.com", "googleapis.com.evil.example"),
    url.replace(`key=${key}&`, ""),
    url.replace(/&token=.*/, ""),
    url.replace("/messages", ""),
    undefined,
  ])("refuses %j, and says what is expected without repeating it", (given) => {
    const { error } = googleChat.options.safeParse({ url: given });
    expect(error?.message).toContain("https://chat.googleapis.com/v1/spaces/…/messages");
    expect(error?.message).not.toContain(token);
  });
});
