import { describe, expect, test } from "vitest";
import { harborline } from "../../sandbox/activity/cast.ts";
import { happenings } from "../../sandbox/happenings.ts";
import { pageApp } from "../../sandbox/page/app.ts";
import { type Board, toBoard, workerStatus } from "../../sandbox/page/board.ts";
import { webhookDelivery } from "../../sandbox/page/delivery.ts";
import { Feed } from "../../sandbox/page/feed.ts";
import { html, toText } from "../../sandbox/page/html.ts";
import { mrkdwn } from "../../sandbox/page/mrkdwn.ts";
import { slackMessage } from "../../sandbox/page/slack-message.ts";
import { type SlackPayload, sandboxHook } from "../../sandbox/receivers/slack.ts";
import { scene } from "../../sandbox/scene.ts";
import { slack } from "../../src/destinations/slack.ts";
import { identify } from "../../src/event/identity.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Clock } from "../../src/http.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import { auditEvent, letterOf } from "../support/events.ts";

const drawn = (text: string) => toText(html`${mrkdwn(text)}`);
const message = (payload: SlackPayload) => toText(slackMessage(payload, 0));

describe("mrkdwn", () => {
  test.each([
    ["*bold* _italic_ ~strike~", "<strong>bold</strong> <em>italic</em> <s>strike</s>"],
    ["*Role*\nDesigner", "<strong>Role</strong>\nDesigner"],
    ["*bold with _italic_ in it*", "<strong>bold with <em>italic</em> in it</strong>"],
    ["a `code *span* <x>` b", "a <code>code *span* &lt;x&gt;</code> b"],
    ["2*3*4 snake_case_name a~b~c", "2*3*4 snake_case_name a~b~c"],
    ["* not bold * nor *this\nor that*", "* not bold * nor *this\nor that*"],
    ["**", "**"],
    ["R&amp;D &lt;b&gt; &amp;lt;", "R&amp;D &lt;b&gt; &amp;lt;"],
  ])("%s", (text, expected) => {
    expect(drawn(text)).toBe(expected);
  });

  test("a link opens elsewhere, and shows its text", () => {
    expect(drawn("<https://webflow.com/?a=1&amp;b=2|Webflow &amp; co>")).toBe(
      '<a href="https://webflow.com/?a=1&amp;b=2" target="_blank" rel="noreferrer">Webflow &amp; co</a>',
    );
  });

  test("a date is a time that the page's script puts in the reader's zone", () => {
    expect(
      drawn("<!date^1780572007^{date_short_pretty} {time_secs}|2026-06-04 11:20:07 UTC>"),
    ).toBe(
      '<time datetime="2026-06-04T11:20:07.000Z" data-format="{date_short_pretty} {time_secs}">2026-06-04 11:20:07 UTC</time>',
    );
  });

  test("a mention that slipped through is drawn as loudly as in Slack", () => {
    expect(drawn("<!channel> <@U123> <!subteam^S1|@admins> <#C1|general>")).toBe(
      "<mark>@channel</mark> <mark>@U123</mark> <mark>@admins</mark> <mark>#general</mark>",
    );
  });

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '<https://x.example/"onmouseover="alert(1)|<b>y</b>>',
    "<javascript:alert(1)|click>",
    "<JAVASCRIPT:alert(1)>",
    "<!date^1780572007^<b>{date}|<i>x</i>>",
    '<!date^1^" onclick="alert(1)|x>',
    "*<b>bold</b>* `</code><script>`",
    "<data:text/html,x|y>",
  ])("hostile text stays text: %s", (text) => {
    const tags = [...drawn(text).matchAll(/<(\/?\w+)((?:[^>"]|"[^"]*")*)>/g)];
    for (const [, name, attributes = ""] of tags) {
      expect(name).toMatch(/^\/?(a|code|strong|time)$/);
      expect(attributes.replace(/(datetime|data-format|href|target|rel)="[^"]*"/g, "").trim()).toBe(
        "",
      );
      expect(attributes).not.toMatch(/href="(?!https?:|mailto:)/);
    }
  });
});

describe("a Slack message", () => {
  test("shows Tidemark's message with sentence, fields, context and colour", () => {
    const event = auditEvent();
    const letters = [letterOf(event)];
    const options = { url: "https://hooks.slack.com/services/T/B/x", format: ownFormat };
    const { body } = slack.encode(letters, options, { nowMs: 0 });
    const markup = message(JSON.parse(String(body)));
    expect(markup).toContain('<b class="sender">Tidemark</b> <span class="app">APP</span>');
    expect(markup).toMatch(/fill="#[0-9A-F]{6}"/);
    expect(markup).toContain("<strong>Actor</strong>");
    expect(markup).toContain(`<code>${event.id}</code>`);
  });

  test("shows the text only where there are no blocks", () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*seen*" } }] as const;
    expect(message({ text: "notification", blocks: [...blocks] })).not.toContain("notification");
    expect(message({ text: "plain *text*" })).toContain("plain <strong>text</strong>");
  });

  test("takes no mark-up from plain text, and no colour that is none", () => {
    const markup = message({
      blocks: [{ type: "header", text: { type: "plain_text", text: "*<b>*" } }],
      attachments: [{ color: '"/><script>', fallback: "x" }],
    });
    expect(markup).toContain("<h3>*&lt;b&gt;*</h3>");
    expect(markup).toContain('fill="#ddd"');
    expect(markup).not.toContain("<script");
  });
});

describe("a webhook delivery", () => {
  const event = {
    id: "01HOSTILE",
    type: "custom_role.role_created",
    timestamp: "2026-06-04T11:20:07Z",
    data: { summary: "</pre><script>alert(1)</script>", count: 2, known: false },
  };

  test("shows type, id and sentence, and its JSON as text", () => {
    const markup = toText(
      webhookDelivery({ receivedAtMs: 0, id: event.id, body: event, events: [event] }),
    );
    expect(markup).toContain("<code>custom_role.role_created</code>");
    expect(markup).toContain('<i class="name">&quot;count&quot;</i>: <i class="value">2</i>');
    expect(markup).toContain('<i class="value">false</i>');
    expect(markup).not.toContain("<script");
  });

  test("tells how many events a batch has", () => {
    const body = { ...event, id: "batch_1", type: "tidemark.batch", data: [event, event] };
    const markup = toText(
      webhookDelivery({ receivedAtMs: 0, id: "batch_1", body, events: [event, event] }),
    );
    expect(markup).toContain("<code>2 events</code>");
  });
});

function setUp() {
  let nowMs = Date.parse("2026-06-04T11:20:07.123Z");
  const clock: Clock = { now: () => nowMs, sleep: async () => undefined };
  const world = scene({ clock, seed: 1 });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const board = (): Board => toBoard(world, null, nowMs);
  return { world, board, pass, clock };
}

describe("the board", () => {
  test("counts what the audit log shows against what arrived, a late event once it appears", async () => {
    const { world } = setUp();
    expect(world.tally("siem")).toEqual({ expected: 0, arrived: 0, twice: 0 });
    world.happen("scim");
    world.happen("late");
    expect(world.tally("siem")).toEqual({ expected: 13, arrived: 0, twice: 0 });
  });

  test("does not expect what the log does not show yet", () => {
    const { world, pass } = setUp();
    for (let told = 0; told < 30; told += 1) world.tellStory();
    const { expected } = world.tally("team");
    pass(120_000);
    expect(world.tally("team").expected).toBeGreaterThan(expected);
  });

  test("says what a switch does to Webflow", () => {
    const { world, board } = setUp();
    expect(board().texts.webflow).toBe("answers");
    world.flip("throttle");
    expect([board().texts.webflow, board().tones.webflow]).toEqual(["answers 429", "bad"]);
    world.flip("throttle");
    world.flip("refuse");
    expect(board().texts.webflow).toBe("refuses the token");
  });

  test("says when a destination that is down is tried again", () => {
    const { world, clock } = setUp();
    world.happen("login");
    const nextAttempt = new Date(clock.now() + 4000).toISOString();
    const status = workerStatus.parse({
      workspaces: [
        {
          state: "active",
          problem: null,
          lastRead: null,
          deadLetters: 0,
          destinations: [{ name: "siem", state: "waiting", lastError: "HTTP 503", nextAttempt }],
        },
      ],
    }).workspaces[0];
    const { texts, tones } = toBoard(world, status ?? null, clock.now());
    expect([texts.siem, tones.siem]).toEqual(["1 held back, next try in 4 s", "wait"]);
    expect([texts.team, tones.team]).toEqual(["1 on the way", "wait"]);
  });

  test("says nothing missing once all arrived, and how much came twice", async () => {
    const { world, board, pass, clock } = setUp();
    const records = happenings.login.items(clock.now()).map(parseRecord);
    const [login] = identify(
      records.flatMap((record) => (isUnusable(record) ? [] : [record])),
      harborline.id,
    );
    world.happen("login");
    expect(board().texts["team.arrived"]).toBe("0 of 1");
    const body = JSON.stringify({ text: `A login · \`${login?.id}\`` });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    await world.slack.fetch(new Request(sandboxHook, init));
    expect([board().texts.team, board().tones.team]).toEqual(["nothing missing", "good"]);
    expect(board().texts["team.twice"]).toBe("0 twice");
    pass(1000);
    await world.slack.fetch(new Request(sandboxHook, init));
    expect(board().texts["team.twice"]).toBe("1 twice");
  });
});

describe("the feed", () => {
  test("keeps the last of each kind, however many there are of the other", () => {
    const feed = new Feed(3);
    feed.add("slack", "storm");
    for (let i = 0; i < 10; i++) feed.add("webhook", String(i));
    expect(feed.after(0).map((entry) => entry.html)).toEqual(["storm", "7", "8", "9"]);
  });

  test("goes on after a number, and forgets the oldest", () => {
    const feed = new Feed(3);
    for (const name of ["a", "b", "c", "d", "e"]) feed.add("slack", name);
    expect(feed.after(0).map((entry) => entry.html)).toEqual(["c", "d", "e"]);
    expect(feed.after(4).map((entry) => [entry.number, entry.html])).toEqual([[5, "e"]]);
    expect(feed.last).toBe(5);
  });
});

describe("the page's server", () => {
  function app() {
    const { board } = setUp();
    const feed = new Feed();
    const done: string[] = [];
    const actions = { "/do/login": () => done.push("login") };
    return { feed, done, app: pageApp({ feed, board, actions, pollSeconds: 2 }) };
  }

  test("allows no script and no style but its own files, and no other site", async () => {
    const response = await app().app.request("/");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const markup = await response.text();
    expect(markup).not.toMatch(/<script>|<style|\son\w+=|\sstyle=|(src|href)="(https?:)?\/\//);
  });

  test("has every file that the page asks for", async () => {
    const { app: pages } = app();
    const markup = await (await pages.request("/")).text();
    const files = [...markup.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file ?? "");
    expect(new Set(files).size).toBeGreaterThanOrEqual(5);
    for (const file of files) expect((await pages.request(file)).status).toBe(200);
  });

  test("shows what came in before", async () => {
    const { app: pages, feed } = app();
    feed.add("slack", message({ text: "hello" }));
    expect(await (await pages.request("/")).text()).toContain("hello");
  });

  test("does what a button asks for, but not when another site asks", async () => {
    const { app: pages, done } = app();
    const press = (origin: string) =>
      pages.request("http://localhost/do/login", { method: "POST", headers: { origin } });
    expect((await press("http://localhost")).status).toBe(303);
    expect((await press("https://evil.example")).status).toBe(403);
    expect(done).toEqual(["login"]);
  });

  test("sends what came in since, and tells an old page to begin anew", async () => {
    const { app: pages, feed } = app();
    const run = /data-run="([^"]+)"/.exec(await (await pages.request("/")).text())?.[1];
    feed.add("slack", "<p>one\ntwo</p>");
    const response = await pages.request(`/live?run=${run}&after=0`);
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(first).toBe("event: slack\ndata: <p>one\ndata: two</p>\nid: 1\n\n");
    const old = await pages.request("/live?run=another");
    expect(await old.text()).toContain("event: old");
  });
});
