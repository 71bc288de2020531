// Discord. https://discord.com/developers/docs/resources/webhook#execute-webhook
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import type { Verdict } from "../../src/destinations/destination.ts";
import type { Embed } from "../../src/destinations/discord/embed.ts";
import { discord } from "../../src/destinations/discord.ts";
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

const token = "aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123";
const url = `https://discord.com/api/webhooks/1180000000000000001/${token}`;

destinationContract(discord, {
  options: [
    { url },
    { url: `${url.replace("discord.com/api", "discordapp.com/api/v10")}?thread_id=7` },
  ],
  url: "https://discord",
  secrets: [token],
  secretsIn: ["url"],
  takes: [[200, '{"id":"1200000000000000001","type":0}']],
  doesNotTake: [
    [200, ""],
    [200, "<html>captive portal</html>"],
    [200, "{}"],
    [204, ""],
  ],
});

const bound = erase(discord).bind({ url }, ownFormat);
interface Message {
  readonly content?: string;
  readonly embeds?: readonly Embed[];
  readonly allowed_mentions: unknown;
}
const plainOf = (event: AuditEvent): Message =>
  JSON.parse(String(bound.encodePlain?.(letterOf(event), { nowMs: 0 }).body));
const all = (events: readonly AuditEvent[]): Message[] =>
  bound
    .pack(events.map((event) => letterOf(event)))
    .map((group) => JSON.parse(String(bound.encode(group, { nowMs: 0 }).body)));

test("an event is an embed, the message is asked for, and nobody can be pinged", () => {
  const event = auditEvent({ flags: { late: true, backfilled: false, unknown: false } });
  const { body, ...head } = bound.encode([letterOf(event)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url: `${url}?wait=true`,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  expect(JSON.parse(String(body))).toEqual({
    embeds: [
      {
        description:
          "**High** · ann\\@acme.com changed the role of ben\\_k\\@acme.com from Designer to Workspace Admin",
        color: 0xe8702a,
        fields: [
          { name: "Actor", value: "ann\\@acme.com", inline: true },
          { name: "Target", value: "ben\\_k\\@acme.com", inline: true },
          { name: "Role", value: "Designer → Workspace Admin", inline: true },
          { name: "Method", value: "dashboard", inline: true },
        ],
        footer: {
          text: `acme · workspace_membership.user_role_updated · late · ${event.id}`,
        },
        timestamp: "2026-06-04T11:20:07.123Z",
      },
    ],
    allowed_mentions: { parse: [] },
  });
});

test("a thread that the URL names stays in it", () => {
  const inThread = erase(discord).bind({ url: `${url}?thread_id=7` }, ownFormat);
  expect(inThread.encode([letterOf(auditEvent())], { nowMs: 0 }).url).toBe(
    `${url}?thread_id=7&wait=true`,
  );
});

test("up to ten events are one message", () => {
  expect(
    [1, 10, 11, 25].map((n) => all(auditEvents(n)).map(({ embeds }) => embeds?.length)),
  ).toEqual([[1], [10], [10, 1], [10, 10, 5]]);
});

test("the plain form is one line of content, with the id as it is", () => {
  const id = `${auditEvent().id}-2`;
  expect(plainOf(auditEvent({ id, role: null }))).toEqual({
    content: `<t:1780572007:f>  **High**  ann\\@acme.com changed the role of ben\\_k\\@acme.com from Designer to Workspace Admin · \`${id}\``,
    allowed_mentions: { parse: [] },
  });
});

/** What is left of a text when all is taken out that means only itself. */
const marksIn = (text: string) =>
  text
    .replace(/^(?:<t:-?\d+:f> {2}\*\*\w+\*\* {2}|\*\*\w+\*\* · )/, "")
    .replace(/\\[\\*_~`|<>[\]()#@:-]/g, "")
    .replace(/`[^`]*`/g, "")
    .replace(/^was |: (?=.* → )/g, "");

describe("whatever the events contain", () => {
  test("Discord's limits are kept, and no text formats, mentions or links", () => {
    fc.assert(
      fc.property(hostileEvents(40), (events) => {
        const messages = all(events);
        for (const { embeds = [], allowed_mentions } of messages) {
          expect(allowed_mentions).toEqual({ parse: [] });
          expect(embeds.length).toBeLessThanOrEqual(10);
          let chars = 0;
          for (const { description, fields, footer } of embeds) {
            expect(description.length).toBeLessThanOrEqual(4096);
            expect(fields.length).toBeLessThanOrEqual(25);
            expect(footer.text.length).toBeLessThanOrEqual(2048);
            chars += description.length + footer.text.length;
            expectPlainLine(footer.text);
            expectPlainLine(description);
            expect(marksIn(description)).not.toMatch(/[\\*_~`|<>[\]()#@]/);
            for (const { name, value } of fields) {
              expect(name).toMatch(/^[A-Z][A-Za-z ]{2,20}$/);
              expect(value.length).toBeLessThanOrEqual(1024);
              expect(value).not.toBe("");
              chars += name.length + value.length;
              expectPlainLine(value);
              expect(marksIn(value)).not.toMatch(/[\\*_~`|<>[\]()#@]/);
            }
          }
          expect(chars).toBeLessThanOrEqual(6000);
        }
        const footers = messages.flatMap(({ embeds = [] }) =>
          embeds.map(({ footer }) => footer.text),
        );
        expect(footers.map((text) => text.slice(-26))).toEqual(events.map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  test("the plain form has at most 2,000 characters, and cannot ping", () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const { content = "", allowed_mentions } = plainOf(event);
        expect(content.length).toBeLessThanOrEqual(2000);
        expect(allowed_mentions).toEqual({ parse: [] });
        expectPlainLine(content);
        expect(marksIn(content)).not.toMatch(/[\\*_~`|<>[\]()#@]/);
        expect(content.endsWith(`\`${event.id}\``)).toBe(true);
      }),
    );
  });
});

const judge = (status: number, body = "", headers: Record<string, string> = {}) =>
  bound.judge({ kind: "answer", status, headers: new Headers(headers), body }, { nowMs: 0 }, []);

test.each<[number, string, Verdict["kind"]]>([
  [200, '{"id":"1"}', "delivered"],
  [200, "", "retry"],
  [204, "", "retry"],
  [400, '{"message":"Invalid Form Body","code":50035}', "reject"],
  [400, '{"message":"Cannot send an empty message","code":50006}', "reject"],
  [400, '{"message": "Webhooks posted to forum channels …", "code": 220001}', "halt"],
  [401, '{"message":"Invalid Webhook Token","code":50027}', "halt"],
  [404, '{"message":"Unknown Webhook","code":10015}', "halt"],
  [413, "", "reject"],
  [429, '{"retry_after":1.5,"global":false}', "retry"],
  [500, "", "retry"],
])("HTTP %i %j: %s", (status, body, kind) => {
  expect(judge(status, body).kind).toBe(kind);
});

test("a refused webhook says what to do", () => {
  expect(judge(404, '{"message":"Unknown Webhook","code":10015}')).toMatchObject({
    reason: expect.stringMatching(/^HTTP 404: .*Copy its URL anew\.$/),
  });
});

test.each<[string, Record<string, string>, number | undefined]>([
  ['{"retry_after":2.4,"global":false}', {}, 2400],
  ['{"retry_after":0.05,"global":true}', {}, 1000],
  ['{"retry_after":64.57}', { "retry-after": "65" }, 64_570],
  ["", { "x-ratelimit-reset-after": "1.75", "retry-after": "2" }, 2000],
  ["<html>banned</html>", { "retry-after": "3000" }, 3_000_000],
  ["", { "x-ratelimit-reset-after": "soon", "retry-after": "2" }, 2000],
  ["", {}, undefined],
])("429 %j %j waits %s ms", (body, headers, retryAfterMs) => {
  const outcome = judge(429, body, headers);
  expect("retryAfterMs" in outcome ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
});

describe("the option url", () => {
  test.each([url, ` ${url}\n`, url.replace("discord.com", "discordapp.com")])(
    "takes %j",
    (given) => {
      expect(discord.options.parse({ url: given }).url).toBe(given.trim());
    },
  );

  test.each([
    "",
    url.replace("https:", "http:"),
    url.replace("discord.com", "discord.com.evil.example"),
    `${url}/slack`,
    "https://discord.com/api/webhooks/1180000000000000001",
    "https://discord.com/channels/1/2",
    undefined,
  ])("refuses %j, and says what is expected without repeating it", (given) => {
    const { error } = discord.options.safeParse({ url: given });
    expect(error?.message).toContain("https://discord.com/api/webhooks/…/…");
    expect(error?.message).not.toContain(token);
  });
});
