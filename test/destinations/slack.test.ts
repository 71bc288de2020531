import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventIdsIn, sandboxHook } from "../../sandbox/receivers/slack.ts";
import { inspect } from "../../sandbox/receivers/slack-blocks.ts";
import { erase } from "../../src/destinations/bind.ts";
import type { Letter, Outcome } from "../../src/destinations/destination.ts";
import type { SlackMessage } from "../../src/destinations/slack/message.ts";
import { slack } from "../../src/destinations/slack.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { event } from "../../src/formats/event.ts";
import type { Answer, OutgoingRequest } from "../../src/http.ts";
import { destinationContract } from "../support/destination-contract.ts";
import {
  auditEvent,
  auditEvents,
  eventId,
  hostileEvent,
  hostileEvents,
  hostileText,
  letterOf,
} from "../support/events.ts";

const bound = erase(slack).bind({ url: sandboxHook }, event);
const attempt = { nowMs: Date.parse("2026-06-04T11:20:10Z") };
const toLetter = (event: AuditEvent): Letter => letterOf(event);
const body = (request: OutgoingRequest): SlackMessage => JSON.parse(String(request.body));
destinationContract(slack, {
  options: [{ url: "https://hooks.slack.com/services/T00000000/B00000000/Hk7wOnlyWeKnow" }],
  url: "https://hooks.slack.com/services/T00000000/B00000000/Hk7wOnlyWeKnow",
  secrets: ["/T00000000/B00000000/Hk7wOnlyWeKnow", "Hk7wOnlyWeKnow"],
  secretsIn: ["url"],
  maxBytes: () => 40_000,
  takes: [[200, "ok"]],
  doesNotTake: [
    [200, ""],
    [200, "<html>captive portal</html>"],
    [204, ""],
  ],
});

const single = (event: AuditEvent) => body(bound.encode([toLetter(event)], attempt));
const plain = (event: AuditEvent) => body(plainRequest(event));
const all = (events: readonly AuditEvent[]) =>
  bound.pack(events.map(toLetter)).map((g) => body(bound.encode(g, attempt)));

function plainRequest(event: AuditEvent): OutgoingRequest {
  if (!bound.encodePlain) throw new Error("slack has no plain form");
  return bound.encodePlain(toLetter(event), attempt);
}

function blocksOf(message: SlackMessage) {
  return [...(message.blocks ?? []), ...(message.attachments ?? []).flatMap((a) => a.blocks ?? [])];
}

/** Every string in the message that Slack would show. */
function textsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" && (key === "text" || key === "fallback") ? [inner] : textsOf(inner),
  );
}

/** The `verbatim` of every mrkdwn object in the message. */
function verbatimsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, verbatim } = value as Record<string, unknown>;
  return [...(type === "mrkdwn" ? [verbatim] : []), ...Object.values(value).flatMap(verbatimsOf)];
}

const ourDate =
  /<!date\^-?\d+\^\{date_short_pretty\} \{time_secs\}\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC>/g;

describe("a single event", () => {
  test("reads as sentence, fields and context, with severity as word and colour", () => {
    expect(single(auditEvent())).toEqual({
      text: "High: ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin",
      blocks: [
        {
          type: "section",
          expand: true,
          text: {
            type: "mrkdwn",
            text: "*High* · ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin",
            verbatim: true,
          },
        },
      ],
      attachments: [
        {
          color: "#E8702A",
          fallback:
            "High: ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin",
          blocks: [
            {
              type: "section",
              fields: [
                { type: "mrkdwn", text: "*Actor*\nann@acme.com", verbatim: true },
                { type: "mrkdwn", text: "*Target*\nben_k@acme.com", verbatim: true },
                { type: "mrkdwn", text: "*Role*\nDesigner → Workspace Admin", verbatim: true },
                { type: "mrkdwn", text: "*Method*\ndashboard", verbatim: true },
              ],
            },
            {
              type: "context",
              elements: [
                {
                  type: "mrkdwn",
                  text: `<!date^1780572007^{date_short_pretty} {time_secs}|2026-06-04 11:20:07 UTC> · acme · workspace_membership.user_role_updated · \`${auditEvent().id}\``,
                  verbatim: true,
                },
              ],
            },
          ],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  test("is posted as JSON to the hook", () => {
    expect(bound.encode([toLetter(auditEvent())], attempt)).toMatchObject({
      method: "POST",
      url: sandboxHook,
      headers: { "content-type": "application/json; charset=utf-8" },
    });
  });

  test("shows setting, collection, site, token and address where the event has them", () => {
    const shown = textsOf(
      single(
        auditEvent({
          actor: { type: "token", id: "auth_1", email: null },
          targets: [],
          role: null,
          previousRole: null,
          method: null,
          setting: { name: "mfa_required", value: "false", previousValue: "true" },
          granularAccess: { id: "c1", name: "Blog Posts", type: "cms", restricted: true },
          site: { id: "s1", slug: "acme-shop" },
          source: { ip: "2001:db8:100::1", location: "Ashburn US" },
        }),
      ),
    );
    expect(shown).toEqual(
      expect.arrayContaining([
        "*Actor*\nAPI token auth_1",
        "*Setting*\nmfa_required: true → false",
        "*CMS collection*\nBlog Posts: restricted",
        "*Site*\nacme-shop",
        "*From*\n`2001:db8:100::1` · Ashburn US",
      ]),
    );
  });

  test("names three targets and counts the rest", () => {
    const targets = ["a@x.co", "b@x.co", "c@x.co", "d@x.co", "e@x.co"].map((email) => ({
      id: null,
      email,
    }));
    expect(textsOf(single(auditEvent({ targets })))).toContain(
      "*Targets*\na@x.co, b@x.co, c@x.co and 2 more",
    );
  });

  test("without any detail has no field section", () => {
    const bare = auditEvent({
      type: "tidemark.source_refused",
      actor: { type: "unknown", id: null, email: null },
      targets: [],
      role: null,
      previousRole: null,
      method: null,
    });
    expect(single(bare).attachments?.[0]?.blocks?.map(({ type }) => type)).toEqual(["context"]);
  });

  test("says in words that it came late, was backfilled or has an unknown type", () => {
    const flags = { late: true, backfilled: true, unknown: true };
    expect(textsOf(single(auditEvent({ flags }))).at(-1)).toContain(
      "late · backfilled · unknown type · `",
    );
  });

  test("with a summary of nothing visible shows its type", () => {
    expect(single(auditEvent({ summary: "\u200b\n" })).text).toBe(
      "High: workspace_membership.user_role_updated",
    );
  });
});

describe("a digest", () => {
  test("has a headline, a line an event in the order given, and the counts beside the colour", () => {
    const events = auditEvents(4).map(
      (e, n) => ({ ...e, severity: n === 2 ? "critical" : "low" }) as const,
    );
    const [digest] = all(events);
    expect(digest?.text).toBe("4 events in acme · most severe: critical");
    expect(textsOf(digest?.blocks)).toEqual([
      "*4 events in acme · most severe: critical*",
      "• `ann@acme.com`: 4 × workspace_membership.user_role_updated",
      events
        .map(
          ({ id }, n) =>
            `<!date^${1780572007 + n}^{date_short_pretty} {time_secs}|2026-06-04 11:20:${String(7 + n).padStart(2, "0")} UTC>  *${n === 2 ? "Critical" : "Low"}*  ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin · \`${id}\``,
        )
        .join("\n"),
    ]);
    expect(digest?.attachments).toMatchObject([
      { color: "#E01E5A", blocks: [{ elements: [{ text: "1 Critical · 3 Low" }] }] },
    ]);
  });

  test("events of several workspaces are counted together", () => {
    const events = auditEvents(4).map((e, n) => ({ ...e, workspace: { id: `w${n}`, slug: null } }));
    expect(all(events)[0]?.text).toBe("4 events in 4 workspaces · most severe: high");
  });

  test("as few digests as fit: one more event would not have fitted", () => {
    const letters = auditEvents(300).map(toLetter);
    const groups = bound.pack(letters);
    expect(groups.length).toBeLessThan(10);
    for (const group of groups.slice(0, -1)) {
      const next = letters[letters.indexOf(group.at(-1) as Letter) + 1] as Letter;
      const fuller = body(bound.encode([...group, next], attempt));
      expect(bytes(blocksOf(fuller))).toBeGreaterThan(11_000 - 4_000);
    }
  });

  test("that has a page names what belongs together, has some lines, and links to all of it", () => {
    const events = auditEvents(300).map((e, n) => ({
      ...e,
      severity: n === 7 ? ("medium" as const) : ("low" as const),
      actor: { ...e.actor, email: n < 290 ? "scim@acme.com" : `p${n}@acme.com`, id: null },
      targets: [],
      site: null,
    }));
    const link = { url: "https://t.example.com/lists/w/x?signature=y", untilMs: attempt.nowMs };
    const digest = body(bound.encode(events.map(toLetter), { ...attempt, link }));
    const texts = textsOf(digest.blocks);
    expect(texts.slice(0, 2)).toEqual([
      "*300 events in acme · most severe: medium*",
      "• `scim@acme.com` in bulk: 290 × workspace_membership.user_role_updated",
    ]);
    const lines = texts.slice(2, -1).join("\n").split("\n");
    expect(lines).toHaveLength(12);
    expect(lines[0]).toContain(events[7]?.id);
    expect(texts.at(-1)).toMatch(
      /^\*<https:\/\/t\.example\.com\/\S+\|All 300 events>\*, until <!date/,
    );
    expect(bytes(blocksOf(digest))).toBeLessThan(11_000);
  });

  test("packing a hundred letters takes well under five milliseconds", () => {
    const letters = auditEvents(100).map(toLetter);
    for (let i = 0; i < 20; i++) bound.pack(letters);
    const times = Array.from({ length: 20 }, () => {
      const start = performance.now();
      bound.pack(letters);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(5);
  });
});

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("whatever the events contain", () => {
  function expectSafe(message: SlackMessage): void {
    expect(inspect(message)).toMatchObject({ ok: true });
    const blocks = blocksOf(message);
    expect(blocks.length).toBeLessThanOrEqual(45);
    expect(bytes(blocks)).toBeLessThanOrEqual(11_000);
    expect(message.text.length).toBeLessThanOrEqual(4000);
    for (const text of textsOf(message)) {
      expect(text.length).toBeLessThanOrEqual(2800);
      expect(text.isWellFormed()).toBe(true);
      const ours = text.replace(ourDate, "");
      expect(ours).not.toMatch(/[<>]/);
      expect(ours.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
      expect(ours).not.toMatch(/[\x00-\x09\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
      expect(ours.replace(/`[^`\n]*`/g, "")).not.toContain("`");
      expect(ours).not.toMatch(/^&gt;/m);
    }
    expect(verbatimsOf(message).every((verbatim) => verbatim === true)).toBe(true);
  }

  test("Slack takes every message, none pings, links or breaks the layout, and no event is lost or twice", () => {
    fc.assert(
      fc.property(hostileEvents(60), (events) => {
        const messages = all(events);
        for (const message of messages) expectSafe(message);
        expect(messages.flatMap(eventIdsIn)).toEqual(events.map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  test("five hundred hostile events of one second arrive, each once, in order", () => {
    const events = fc
      .sample(hostileEvent, { numRuns: 500, seed: 7 })
      .map((e, n) => ({ ...e, id: eventId(n), time: "2026-06-04T11:20:07.000Z" }));
    const messages = all(events);
    for (const message of messages) expectSafe(message);
    expect(messages.flatMap(eventIdsIn)).toEqual(events.map(({ id }) => id));
  });

  test("even a hostile id cannot break the message", () => {
    fc.assert(
      fc.property(hostileEvent, hostileText, (event, id) => {
        expectSafe(single({ ...event, id }));
        for (const message of all(Array.from({ length: 5 }, () => ({ ...event, id })))) {
          expectSafe(message);
        }
      }),
    );
  });

  test("any half of a digest is a message that Slack takes", () => {
    fc.assert(
      fc.property(hostileEvents(40), (events) => {
        const letters = events.map(toLetter);
        const half = letters.slice(0, Math.ceil(letters.length / 2));
        for (const group of bound.pack(half)) {
          const [left, right] = [group.slice(0, group.length >> 1), group.slice(group.length >> 1)];
          for (const part of [left, right].filter(({ length }) => length > 0)) {
            expectSafe(body(bound.encode(part, attempt)));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("the plain form is only text, has the id, and holds no address that Slack would link", () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const message = plain(event);
        expectSafe(message);
        expect(Object.keys(message)).toEqual(["text", "unfurl_links", "unfurl_media"]);
        expect(eventIdsIn(message)).toEqual([event.id]);
        expect(message.text).not.toMatch(/:\/\/|\w\.[a-z]/i);
      }),
    );
  });

  test("the same letters give the same bytes, and the groups are the input", () => {
    fc.assert(
      fc.property(hostileEvents(30), (events) => {
        const letters = events.map(toLetter);
        const groups = bound.pack(letters);
        expect(groups.flat()).toEqual(letters);
        expect(bound.pack(letters)).toEqual(groups);
        expect(all(events)).toEqual(all(events));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ["<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"],
    ["&lt;", "&amp;lt;"],
    ["*a* _b_ ~c~ `d`", "∗a∗ ˍbˍ ∼c∼ ˋdˋ"],
    ["first_name.last_name@acme.com", "first_name.last_name@acme.com"],
    ["> quote > more", "› quote &gt; more"],
    ["a\r\n\u2028b\u202Ec\u200Bd", "a bcd"],
    [":skull: 10:30", "∶skull: 10:30"],
    ["\ud83d!", "\ufffd!"],
  ])("the role name %j is shown as %j", (role, shown) => {
    expect(textsOf(single(auditEvent({ role, previousRole: null })))).toContain(`*Role*\n${shown}`);
  });

  test("a long name is cut between characters, and its length counts entities", () => {
    const role = (name: string) =>
      textsOf(single(auditEvent({ role: name, previousRole: null }))).find((t) =>
        t.startsWith("*Role*"),
      );
    expect(role("😀".repeat(3000))).toBe(`*Role*\n${"😀".repeat(49)}…`);
    expect(role("&".repeat(3000))).toBe(`*Role*\n${"&amp;".repeat(19)}…`);
    expect(role("x".repeat(100))).toBe(`*Role*\n${"x".repeat(100)}`);
  });
});

describe("Slack's answer", () => {
  const judge = (status: number, said: string, headers: Record<string, string> = {}) =>
    bound.judge({ kind: "answer", status, headers: new Headers(headers), body: said }, attempt, []);

  test.each<[number, string, Outcome["kind"]]>([
    [200, "ok", "delivered"],
    [200, "", "retry"],
    [200, '{"ok":true}', "retry"],
    [200, "okay", "retry"],
    [204, "", "retry"],
    [302, "", "retry"],
    [400, "invalid_payload", "reject"],
    [400, "user_not_found", "reject"],
    [400, "no_text", "reject"],
    [400, "too_many_attachments", "reject"],
    [400, "invalid_blocks", "reject"],
    [400, "invalid_attachments", "reject"],
    [400, "msg_blocks_too_long", "reject"],
    [400, "missing_text_or_fallback_or_attachments", "reject"],
    [500, "missing_text_or_fallback_or_attachments", "reject"],
    [400, "some_new_word", "reject"],
    [403, "action_prohibited", "halt"],
    [403, "invalid_token", "halt"],
    [403, "team_disabled", "halt"],
    [403, "posting_to_general_channel_denied", "halt"],
    [404, "channel_not_found", "halt"],
    [404, "no_service", "halt"],
    [403, "no_service", "halt"],
    [404, "no_active_hooks", "halt"],
    [404, "no_team", "halt"],
    [404, "no_service_id", "halt"],
    [400, "no_service", "halt"],
    [402, "some_new_word", "halt"],
    [404, "constructor", "halt"],
    [408, "", "retry"],
    [425, "", "retry"],
    [429, "rate_limited", "retry"],
    [500, "rollup_error", "retry"],
    [400, "rollup_error", "retry"],
    [500, "", "retry"],
    [503, "<html>upstream</html>", "retry"],
  ])("HTTP %i %j: %s", (status, said, kind) => {
    const outcome = judge(status, said);
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === "halt") expect(outcome.final ?? false).toBe(false);
  });

  test.each(["channel_is_archived", "no_service"])(
    "HTTP 410 %j: halt, and probed: an archived channel can be brought back",
    (said) => {
      expect(judge(410, said)).toEqual({ kind: "halt", reason: `HTTP 410: ${said}` });
    },
  );

  test("429 waits as long as Slack says", () => {
    expect(judge(429, "rate_limited", { "retry-after": "30" })).toEqual({
      kind: "retry",
      reason: "HTTP 429: rate_limited",
      retryAfterMs: 30_000,
    });
  });

  test.each(["timeout", "network"] as const)("no answer (%s): retry", (reason) => {
    const answer: Answer = { kind: "failure", reason, message: `no answer: ${reason}` };
    expect(bound.judge(answer, attempt, [])).toEqual({
      kind: "retry",
      reason: `no answer: ${reason}`,
    });
  });

  test("a 200 whose body broke off is delivered: a second try would be a second message", () => {
    const answer: Answer = {
      kind: "failure",
      reason: "network",
      message: "broke off",
      status: 200,
    };
    expect(bound.judge(answer, attempt, [])).toEqual({ kind: "delivered" });
  });

  test("no reason repeats the URL, whatever the answer says", () => {
    const secret = "sandboxsandboxsandbox000";
    const page = `<h1>Cannot POST ${new URL(sandboxHook).pathname}</h1> ${sandboxHook}`;
    const outcomes = [200, 302, 400, 403, 404, 410, 418, 429, 500, 502].map((s) => judge(s, page));
    outcomes.push(
      bound.judge(
        { kind: "failure", reason: "network", message: `failed: ${sandboxHook}` },
        attempt,
        [],
      ),
    );
    expect(JSON.stringify(outcomes)).not.toContain(secret);
  });
});

describe("the option url", () => {
  test.each([sandboxHook, `${sandboxHook}\n`, "https://hooks.slack-gov.com/services/T0/B0/abc"])(
    "takes %j",
    (url) => {
      expect(slack.options.parse({ url }).url).toBe(url.trim());
    },
  );

  test.each([
    "",
    "http://hooks.slack.com/services/T0/B0/abc",
    "https://hooks.slack.com.evil.example/services/T0/B0/abc",
    "https://hooks.slack.com@evil.example/services/T0/B0/abc",
    "https://hooks.slack.com/services/T0/B0/abc?x=1",
    "https://hooks.slack.com/services/T0/B0",
    "https://slack.com/api/chat.postMessage",
    undefined,
  ])("refuses %j", (url) => {
    expect(slack.options.safeParse({ url }).success).toBe(false);
  });

  test("says what is expected and where to get it, without repeating the secret", () => {
    const { error } = slack.options.safeParse({
      url: "https://hooks.slack.com/services/T0/S3CRET",
    });
    expect(error?.message).toContain("https://hooks.slack.com/services/T…/B…/…");
    expect(error?.message).toContain("https://api.slack.com/apps");
    expect(error?.message).not.toContain("S3CRET");
  });
});
