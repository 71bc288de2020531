// A digest as each chat's message: below the vendor's limits, and no name in it pings, links or formats.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect } from "../../sandbox/receivers/slack-blocks.ts";
import { vendorReceiver } from "../../sandbox/receivers/vendor.ts";
import { discord } from "../../sandbox/receivers/vendors/discord.ts";
import { googleChat } from "../../sandbox/receivers/vendors/google-chat.ts";
import { teams } from "../../sandbox/receivers/vendors/teams.ts";
import { toSummaryMessage as toDiscord } from "../../src/destinations/discord/summary.ts";
import { toSummaryMessage as toGoogleChat } from "../../src/destinations/google-chat/summary.ts";
import { toSummaryMessage as toSlack } from "../../src/destinations/slack/summary.ts";
import { toSummaryMessage as toTeams } from "../../src/destinations/teams/summary.ts";
import { emptyMemory } from "../../src/digest/memory.ts";
import { type Summary, toSummary } from "../../src/digest/summary.ts";
import { limits, slackChecker } from "../conformance/slack-rules.ts";
import { teamsFaults } from "../conformance/teams-rules.ts";
import { expectPlainLine, stringsIn } from "../support/chat.ts";
import { activityEvents, hostileActivity, period, sentOf } from "../support/digest.ts";
import { hostileText } from "../support/events.ts";

const url = 'https://tidemark.example/digests/1?a=1&b=(2)|"<x>';
const more = { url, untilIso: "2026-06-12T07:00:00Z" };
const looks = { looked: 1440, saw: 1439 };

function of(seed: number, count: number): Summary {
  const events = activityEvents(count, seed);
  return toSummary(events, emptyMemory, period({ sent: sentOf(events) })).summary;
}

const hostile: fc.Arbitrary<Summary> = fc
  .tuple(hostileActivity(80), hostileText, fc.integer({ min: 1, max: 4 }))
  .map(([events, workspace, times]) => {
    // More of them than a message holds, all of other people.
    const all = Array.from({ length: times }, (_, n) =>
      events.map((event) => ({ ...event, id: `${event.id}-${n}` })),
    ).flat();
    return toSummary(all, emptyMemory, period({ workspace, sent: sentOf(events) })).summary;
  });
const extras = fc.constantFrom({}, { more }, { more, looks });
const runs = { numRuns: 40 };

/** Its lines, each without what is ours. */
const linesOf = (texts: readonly string[], between: string | RegExp = "\n") =>
  texts.flatMap((text) => text.split(between));

describe("a believable day", () => {
  const day = of(7, 120);

  test("is shown whole by Slack, Teams and Google Chat, all people of it", () => {
    for (const message of [toSlack(day), toTeams(day), toGoogleChat(day)]) {
      const text = JSON.stringify(message);
      expect(text).toContain("Gained access (17 people)");
      expect(text).not.toContain("… and");
    }
  });

  test("has the way to all events, as a link or a button", () => {
    const href = new URL(url).href;
    expect(JSON.stringify(toTeams(day, { more }).attachments[0]?.content)).toContain(
      JSON.stringify({ type: "Action.OpenUrl", title: "All 120 events", url: href }),
    );
    const slack = stringsIn(toSlack(day, { more })).at(-1) ?? "";
    expect(slack).toContain("|All 120 events> (the link works until 12 Jun 09:00 Europe/Madrid)");
    const google = JSON.stringify(toGoogleChat(day, { more }).cardsV2);
    expect(google).toContain(">All 120 events</a> (the link works");
    expect(toDiscord(day, { more }).embeds[0]?.description).toContain("[All 120 events](https://");
  });

  test.each([
    [discord, toDiscord(day, { more })],
    [googleChat, toGoogleChat(day, { more })],
    [teams, toTeams(day, { more })],
  ])("is taken by the sandbox's $type", async (vendor, message) => {
    const receiver = vendorReceiver(vendor, { clock: { now: () => 0, sleep: async () => {} } });
    const { url } = vendor.options[0] as { url: string };
    const answer = await receiver.fetch(
      new Request(url, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(message),
      }),
    );
    expect(receiver.lastRefusal).toBeUndefined();
    expect(answer.status).toBeLessThan(300);
  });

  test("without events is one line after the headline", () => {
    const none = toSummary([], emptyMemory, period()).summary;
    const whole = { looks: { looked: 24, saw: 24 } };
    for (const message of [
      toSlack(none, whole),
      toTeams(none, whole),
      toDiscord(none, whole),
      toGoogleChat(none, whole),
    ])
      expect(JSON.stringify(message)).toContain(
        "Nothing happened between 4 Jun 09:00 and 5 Jun 09:00",
      );
    expect(toDiscord(none).embeds[0]?.fields).toEqual([]);
  });

  test("of thousands of events is put in words in well under a second", () => {
    const events = activityEvents(4000, 4);
    const start = performance.now();
    const { summary } = toSummary(events, emptyMemory, period());
    toSlack(summary, { more });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("whatever the events contain", () => {
  const faultsOf = limits.there ? slackChecker() : () => [];

  test("Slack takes the message, and nothing in it pings, links, formats or is an emoji", () => {
    const property = fc.property(hostile, extras, (summary, extra) => {
      const message = toSlack(summary, extra);
      expect(inspect(message)).toMatchObject({ ok: true });
      expect(faultsOf(message)).toEqual([]);
      expect(Buffer.byteLength(JSON.stringify(message.blocks))).toBeLessThanOrEqual(11_000);
      expect(message.text.length).toBeLessThanOrEqual(4000);
      const blocks = JSON.stringify(message.blocks);
      // Else Slack would link bare addresses.
      expect(blocks.split('"mrkdwn"').length).toBe(blocks.split('"verbatim":true').length);
      const kinds = ["section", "mrkdwn", "context"];
      const texts = stringsIn(message).filter((text) => !kinds.includes(text));
      for (const line of linesOf(texts)) {
        const others = line
          .replace(/^<https:\/\/tidemark\.example\/[^<>|\s]*\|(?:All [\d,]+ events|The event)>/, "")
          .replace(/^\*([^*]+)\*$/, "$1");
        expectPlainLine(others.replaceAll("://", "").replace(/www\./gi, ""));
        expect(others).not.toMatch(/[<>*~`]/);
        expect(others.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
        expect(others).not.toMatch(/^(?:&gt;|>)|(?<![0-9A-Za-z])_|:[\w+'-]+:/);
      }
    });
    fc.assert(property, runs);
  });

  test("Teams takes the card, and nothing in it is Markdown, a mention, a link or a date", () => {
    const property = fc.property(hostile, extras, (summary, extra) => {
      const message = toTeams(summary, extra);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(20_000);
      expect(teamsFaults(JSON.parse(JSON.stringify(message)))).toEqual([]);
      for (const { type, inlines } of message.attachments[0]?.content.body ?? []) {
        expect(type).toBe("RichTextBlock");
        for (const { text } of inlines) {
          expect(text).not.toBe("");
          expect(text).not.toContain("{");
          expectPlainLine(text);
        }
      }
    });
    fc.assert(property, runs);
  });

  test("Discord's limits are kept, and no text formats, mentions or links", () => {
    const property = fc.property(hostile, extras, (summary, extra) => {
      const { embeds, allowed_mentions } = toDiscord(summary, extra);
      expect(allowed_mentions).toEqual({ parse: [] });
      const [embed] = embeds;
      if (!embed) throw new Error("no embed");
      const { description, fields } = embed;
      expect(description.length).toBeLessThanOrEqual(4096);
      expect(fields.length).toBeLessThanOrEqual(25);
      let chars = description.length;
      for (const { name, value } of fields) {
        expect(name).toMatch(/^[A-Z][\w ]+(?: \([\d,]+(?: \w+)?\))?$/);
        expect(value.length).toBeLessThanOrEqual(1024);
        chars += name.length + value.length;
      }
      expect(chars).toBeLessThanOrEqual(6000);
      for (const line of linesOf([description, ...fields.map(({ value }) => value)])) {
        expect(line).not.toBe("");
        const others = line
          .replace(
            /^\[(?:All [\d,]+ events|The event)\]\(https:\/\/tidemark\.example\/[^()\s]*\) \((.*)\)$/,
            "$1",
          )
          .replace(/^\*\*(.*)\*\*$/, "$1")
          .replace(/\\[\\*_~`|<>[\]()#@:-]/g, "")
          // Of ours: what may stand in parentheses.
          .replace(/\((?:was |guest|member|sent already|[^()\\]*)[^()]*\)/g, "");
        expectPlainLine(others);
        expect(others).not.toMatch(/[\\*_~`|<>[\]#@]/);
      }
    });
    fc.assert(property, runs);
  });

  test("Google Chat's limits are kept, and no text is HTML, a link or a ping", () => {
    const property = fc.property(hostile, extras, (summary, extra) => {
      const message = toGoogleChat(summary, extra);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(32_000);
      expectPlainLine(message.fallbackText);
      expect(message.fallbackText).not.toMatch(/[<>*~`]/);
      const widgets = message.cardsV2[0]?.card.sections[0]?.widgets ?? [];
      expect(widgets.length).toBeLessThanOrEqual(100);
      for (const line of linesOf(stringsIn(widgets), "<br>")) {
        const others = line
          .replace(
            /^<a href="https:\/\/tidemark\.example\/[^"<>\s]*">(?:All [\d,]+ events|The event)<\/a>/,
            "",
          )
          .replace(/^<b>([^<]*)<\/b>$/, "$1");
        expectPlainLine(others);
        expect(others).not.toMatch(/[<>]/);
        expect(others.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
      }
    });
    fc.assert(property, runs);
  });
});
