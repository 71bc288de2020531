// POST /slack/command as Slack sees it, with plain objects where the Durable Objects would be.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inspect } from "../../sandbox/receivers/slack-blocks.ts";
import type { Env } from "../../src/env.ts";
import type { LookQuery } from "../../src/look.ts";
import { Api } from "../../src/routes/api.ts";
import { createApi } from "../../src/routes/app.ts";
import { Gate } from "../../src/routes/auth.ts";
import { addSlackRoutes } from "../../src/routes/slack.ts";
import type { RelayStub } from "../../src/routes/stub.ts";
import { auditEvents, eventId } from "../support/events.ts";
import {
  environmentWith,
  operator,
  responseUrl,
  runReport,
  shown,
  signingSecret,
  slashForm,
  slashRequest,
  statusOf,
} from "../support/slack-command.ts";

const hourMs = 3_600_000;
const id = eventId(7);

const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const muted = {
  ...{ id: 3, only: ["user_access.*"], where: {}, rules: [], destinations: ["team"] },
  ...{ includeHigh: false, reason: "<!channel> moved", by: "@ford in Slack (U1)" },
  ...{ sinceMs: Date.now(), untilMs: Date.now() + hourMs, endedMs: null, endedBy: null },
  keptBack: { team: 12 },
};

/** A workspace that notes what it was asked. */
function workspace(name: string, overrides: Partial<RelayStub> = {}) {
  const calls: unknown[][] = [];
  const noted =
    <Args extends unknown[], Result>(method: string, result: (...args: Args) => Result) =>
    async (...args: Args) => {
      calls.push([method, ...args]);
      return result(...args);
    };
  const relay: Partial<RelayStub> = {
    status: noted("status", () => statusOf(name, [{ name: "team", type: "slack" }])),
    sync: noted("sync", () => runReport({ fresh: 2 })),
    recentMs: noted("recentMs", () => null),
    look: noted("look", () => ({ events: [], next: null, problem: null })),
    explain: noted("explain", () => ({ kind: "unknown" as const })),
    pause: noted("pause", () => true),
    resume: noted("resume", () => true),
    mutes: noted("mutes", () => [muted]),
    mute: noted("mute", (order: object, by: string) => ({ ...muted, ...order, by })),
    unmute: noted("unmute", (number: number) => (number === 3 ? muted : undefined)),
    ...overrides,
  };
  return { relay, calls };
}

const api = createApi();

async function ask(
  env: Env,
  request: RequestInit = slashRequest(slashForm()),
  path = "/slack/command",
) {
  const response = await api.app.request(path, request, env);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

/** What the command shows to the one who typed it. */
async function type(env: Env, text: string, fields: Record<string, string> = {}): Promise<string> {
  const { status, body } = await ask(env, slashRequest(slashForm({ text, ...fields })));
  expect([status, body.response_type]).toEqual([200, "ephemeral"]);
  expect(inspect(body)).toMatchObject({ ok: true });
  return shown(body);
}

describe("each command does its work and answers in words:", () => {
  const acme = () => workspace("acme");

  test("status, of all workspaces", async () => {
    const [a, b] = [workspace("acme"), workspace("beta")];
    const text = await type(environmentWith({ acme: a.relay, beta: b.relay }), "status");
    expect(text).toMatch(/^\*All is well\*\n\*acme\* · active/);
    expect(text).toContain("*beta*");
    expect([a.calls, b.calls]).toEqual([[["status"]], [["status"]]]);
  });

  test("sync, of all workspaces", async () => {
    const [a, b] = [workspace("acme"), workspace("beta")];
    const text = await type(environmentWith({ acme: a.relay, beta: b.relay }), "sync");
    expect(text).toMatch(/^\*Read: 4 new events\*/);
    for (const { calls } of [a, b]) expect(calls).toEqual([["sync"], ["status"]]);
  });

  test("last, from where the ledger saw the tenth, over several looks and workspaces", async () => {
    const [early, late] = [auditEvents(8), auditEvents(8).slice(6)];
    const pages = [
      { events: early.slice(0, 5), next: "2026-06-04T11:20:12Z", problem: null },
      { events: early.slice(5), next: null, problem: null },
    ];
    const looks: LookQuery[] = [];
    const a = workspace("acme", {
      recentMs: async () => 1_780_000_000_000,
      look: async (query) => {
        looks.push(query);
        return pages[looks.length - 1] ?? fail();
      },
    });
    const b = workspace("beta", {
      recentMs: async () => 1_780_000_000_000,
      look: async () => ({ events: late, next: null, problem: null }),
    });
    const text = await type(environmentWith({ acme: a.relay, beta: b.relay }), "last 7");
    expect(looks.map(({ fromMs }) => fromMs)).toEqual([
      1_780_000_000_000,
      Date.parse("2026-06-04T11:20:12Z"),
    ]);
    const ids = text.split("\n").flatMap((line) => /`(\w{26})`$/.exec(line)?.[1] ?? []);
    const newest = [...early, ...late].map((event) => event.id).toSorted();
    expect(ids).toEqual(newest.reverse().slice(0, 7));
    expect(text).toContain("*beta*  <!date");
  });

  test("last, further and further back where the ledger has seen too little", async () => {
    const froms: number[] = [];
    const { relay } = workspace("acme", {
      look: async ({ fromMs }) => {
        froms.push(Math.round((Date.now() - fromMs) / hourMs));
        const events = froms.length < 3 ? auditEvents(1) : auditEvents(5);
        return { events, next: null, problem: null };
      },
    });
    expect(await type(environmentWith({ acme: relay }), "last")).toMatch(
      /^\*The 5 newest events\*/,
    );
    expect(froms).toEqual([1, 24, 7 * 24]);
  });

  test("last, of a log that goes on for ever: it ends, and says so", async () => {
    let looks = 0;
    const { relay } = workspace("acme", {
      recentMs: async () => 0,
      look: async ({ fromMs }) => {
        looks += 1;
        const next = new Date(fromMs + 1000).toISOString();
        return { events: auditEvents(1), next, problem: null };
      },
    });
    expect(await type(environmentWith({ acme: relay }), "last")).toContain(
      "newer events are missing",
    );
    expect(looks).toBeLessThan(10);
  });

  test("why, from the workspace that knows the event", async () => {
    const explanation = {
      event: id,
      workspace: "beta",
      time: "2026-06-01T12:00:00.000Z",
      summary: "Ann logged in",
      problem: null,
      firstSeen: null,
      judged: "new" as const,
      twin: null,
      knownGood: [],
      findings: [],
      destinations: [],
    };
    const b = workspace("beta", { explain: async () => ({ kind: "known", explanation }) });
    const env = environmentWith({ acme: acme().relay, beta: b.relay });
    expect(await type(env, `why ${id}`)).toMatch(/^\*Ann logged in\*\n.* · beta · /);
  });

  test("why, of an event that nobody knows, or while the log cannot be asked", async () => {
    expect(await type(environmentWith({ acme: acme().relay }), `why ${id}`)).toBe(
      `No event ${id} was seen, and the log shows none of that id.`,
    );
    const explain = async () => ({ kind: "unread" as const, problem: "HTTP 500" });
    const env = environmentWith({ acme: workspace("a", { explain }).relay, beta: acme().relay });
    expect(await type(env, `why ${id}`)).toMatch(/the log cannot be asked now: HTTP 500$/);
  });

  test("mute, in each workspace, for the chats unless others are named, with who did it", async () => {
    const [a, b] = [workspace("acme"), workspace("beta")];
    const env = environmentWith({ acme: a.relay, beta: b.relay });
    const answer = await type(env, "mute user_access.* for 2h because we move");
    expect(answer).toMatch(
      /^Muted until <!date.*: events of type "user_access\.." for \*team\* in acme\.\nMuted until/,
    );
    expect(answer).toMatch(
      /High and critical severity still comes\..*`\/tidemark unmute beta:3`$/s,
    );
    for (const { calls } of [a, b])
      expect(calls.filter(([method]) => method === "mute")).toEqual([
        [
          "mute",
          expect.objectContaining({
            only: ["user_access.*"],
            destinations: ["team"],
            includeHigh: false,
            reason: "we move",
          }),
          `@ann in Slack (${operator})`,
        ],
      ]);
  });

  test("mutes, and unmute by an id of that list", async () => {
    const env = environmentWith({ acme: workspace("acme").relay });
    const list = await type(env, "mutes");
    expect(list).toMatch(/^\*1 mute\*\n• `acme:3` events of type .* for \*team\* in acme · by @/);
    expect(list).toMatch(/because: &lt;!channel&gt; moved · 12 events kept back\n/);
    expect(await type(env, "unmute acme:3")).toMatch(/^Muted no more: .*kept back 12 events/);
    expect(await type(env, "unmute 3")).toMatch(/^Muted no more/);
    expect(await type(env, "unmute 4")).toMatch(/^There is no mute 4 under way/);
    const none = environmentWith({ acme: workspace("a", { mutes: async () => [] }).relay });
    expect(await type(none, "mutes")).toBe("Nothing is muted.");
  });

  test("pause, in each workspace, with who did it and until when", async () => {
    const [a, b] = [workspace("acme"), workspace("beta")];
    const env = environmentWith({ acme: a.relay, beta: b.relay });
    expect(await type(env, "pause siem for 2h")).toMatch(/^\*siem\* is paused for 2 h, until /);
    for (const { calls } of [a, b])
      expect(calls).toEqual([["pause", "siem", `@ann in Slack (${operator})`, expect.any(Number)]]);
    expect(Math.abs(Number(a.calls[0]?.[3]) - Date.now() - 2 * hourMs)).toBeLessThan(10_000);
    expect(await type(env, "pause siem", { user_name: "" })).toMatch(/until it is resumed/);
    expect(a.calls[1]).toEqual(["pause", "siem", `@somebody in Slack (${operator})`, null]);
  });

  test("resume", async () => {
    const { relay, calls } = acme();
    expect(await type(environmentWith({ acme: relay }), "resume siem")).toMatch(
      /^\*siem\* goes on/,
    );
    expect(calls).toEqual([["resume", "siem"]]);
  });

  test.each(["help", ""])(
    "help, for %j, under the name that the command has there",
    async (text) => {
      const answer = await type(environmentWith({ acme: acme().relay }), text, { command: "/tm" });
      expect(answer).toContain("`/tm pause &lt;destination&gt; [for 2h]`");
      const forged = await type(environmentWith({ acme: acme().relay }), text, {
        command: "`<!here>",
      });
      expect(forged).toContain("`/tidemark status`");
    },
  );
});

describe("a mistake is answered in words, with 200, and does nothing:", () => {
  test.each([
    ["stauts", "There is no command stauts.\n`/tidemark status`"],
    ["pause siem for ever", "For how long? Expected a span"],
    ["why me", "me is not the id of an event."],
    [
      "mute user_access.* on teem for 2h",
      "destinations: teem: no such destination; expected one of team, siem",
    ],
    ["pause seim", "There is no destination seim. Expected one of: team, siem."],
    ["resume <!channel>", "There is no destination &lt;!channel&gt;."],
  ])("%s", async (text, answer) => {
    const { relay, calls } = workspace("acme");
    expect(await type(environmentWith({ acme: relay }), text)).toContain(answer);
    expect(calls).toEqual([]);
  });

  test("a fault of ours, whose cause is for the log", async () => {
    const status = () => Promise.reject(new Error("no route to ws-0123456789abcdef"));
    const env = environmentWith({ acme: workspace("acme", { status }).relay });
    expect(await type(env, "status")).toBe(
      "Something went wrong here; the Worker's log says what: npx wrangler tail",
    );
    expect(logged.at(-1)).toContain("no route to ‹secret›");
  });

  test("a broken configuration, whose mistakes are for the admin", async () => {
    const env = environmentWith({ acme: workspace("acme").relay }, { POLL_SECONDS: "often" });
    for (const user_id of [operator, "U999"]) {
      const answer = await type(env, "status", { user_id });
      expect(answer).toMatch(/^Tidemark's configuration is broken/);
      expect(answer).not.toContain("POLL_SECONDS");
    }
  });

  test("whatever was typed", async () => {
    const env = environmentWith({ acme: workspace("acme").relay });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        await type(env, text.toWellFormed());
      }),
      { numRuns: 100 },
    );
  });
});

describe("who is not one of SLACK_OPERATORS", () => {
  test.each(["status", "help", "", "pause siem", "nonsense"])(
    "is told their id, and nothing else, for %j",
    async (text) => {
      const { relay, calls } = workspace("acme");
      for (const user_id of ["U999", "", operator.toLowerCase(), ` ${operator}`, `${operator}X`]) {
        const answer = await type(environmentWith({ acme: relay }), text, { user_id });
        expect(answer).toMatch(/^You may not use `\/tidemark`/);
        expect(answer).not.toMatch(/acme|siem|team/);
      }
      expect(calls).toEqual([]);
    },
  );

  test("is everybody, as long as there are none", async () => {
    for (const SLACK_OPERATORS of [undefined, []]) {
      const env = environmentWith({ acme: workspace("acme").relay }, { SLACK_OPERATORS });
      expect(await type(env, "status")).toContain(`\`SLACK_OPERATORS = ["${operator}"]\``);
    }
  });

  test("cannot borrow an operator's id by sending it twice", async () => {
    const env = environmentWith({ acme: workspace("acme").relay });
    const body = `user_id=U999&${slashForm()}`;
    expect(shown((await ask(env, slashRequest(body))).body)).toMatch(/^You may not use/);
  });
});

describe("a request that is not Slack's", () => {
  const env = () => environmentWith({ acme: workspace("acme").relay });

  test.each<[string, () => RequestInit]>([
    ["without a signature", () => ({ method: "POST", body: slashForm() })],
    [
      "with another body",
      () => ({ ...slashRequest(slashForm()), body: slashForm({ text: "sync" }) }),
    ],
    ["signed with another secret", () => slashRequest(slashForm(), { secret: "x" })],
    ["of ten minutes ago", () => slashRequest(slashForm(), { nowMs: Date.now() - 600_000 })],
    [
      "with the admin token instead",
      () => ({
        method: "POST",
        body: slashForm(),
        headers: { authorization: "Bearer correct-horse-battery-staple" },
      }),
    ],
  ])("%s is refused with 401, in the same words", async (_what, request) => {
    const { status, body, headers } = await ask(env(), request());
    expect([status, headers.get("content-type")]).toEqual([401, "application/problem+json"]);
    expect(body.detail).toMatch(/^This route is Slack's: .* Signing Secret of that Slack app\.$/);
  });

  test("is refused the same where the configuration is broken", async () => {
    const broken = environmentWith({ acme: workspace("acme").relay }, { POLL_SECONDS: "often" });
    const { status, text } = await ask(broken, { method: "POST", body: slashForm() });
    expect(status).toBe(401);
    expect(text).not.toMatch(/POLL_SECONDS|configuration/);
  });

  test("is answered where it only tries the connection, whatever else it holds", async () => {
    const body = slashForm({ ssl_check: "1", text: "pause siem" });
    const { relay, calls } = workspace("acme");
    const { status, text } = await ask(environmentWith({ acme: relay }), { method: "POST", body });
    expect(status).toBe(200);
    expect(text).not.toMatch(/siem|acme/);
    expect(calls).toEqual([]);
  });

  test("of 100 KB is refused with 413, and another method with 405", async () => {
    expect((await ask(env(), slashRequest("x".repeat(100_000)))).status).toBe(413);
    expect((await ask(env(), {})).status).toBe(405);
  });
});

test.each([undefined, "", " "])(
  "with %j for a secret there is no such route yet, and how to make it",
  async (secret) => {
    const { relay, calls } = workspace("acme");
    const env = environmentWith({ acme: relay }, { SLACK_SIGNING_SECRET: secret });
    for (const request of [slashRequest(slashForm()), slashRequest(slashForm(), { secret: " " })]) {
      const { status, body } = await ask(env, request);
      expect([status, body.detail]).toEqual([
        404,
        expect.stringContaining("npx wrangler secret put SLACK_SIGNING_SECRET"),
      ]);
    }
    expect(calls).toEqual([]);
  },
);

test("no secret leaves, wherever it stands, and the log says who did what", async () => {
  const problem = `said ${signingSecret}, ws-0123456789abcdef and https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef`;
  const status = async () => statusOf("acme", [], { problem });
  const env = environmentWith({ acme: workspace("acme", { status }).relay });
  expect(await type(env, "status")).toContain("said ‹secret›, ‹secret› and ‹secret›");
  expect(JSON.parse(logged.at(-1) ?? "")).toMatchObject({
    message: "slack command",
    user: operator,
    command: "status",
  });
  expect(logged.join()).not.toContain(responseUrl);
});

describe("what takes longer than two seconds", () => {
  /** A clock that stands still but for its sleepers, and a Slack that notes what comes. */
  function slowly(answer: () => Response | Promise<Response> = () => new Response("ok")) {
    const posts: { url: string; type: string | null; redirect: string; body: unknown }[] = [];
    const slept: number[] = [];
    const wakers: (() => void)[] = [];
    const slow = new Api(new Gate());
    addSlackRoutes(slow, {
      clock: {
        now: () => Date.now(),
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            slept.push(ms);
            wakers.push(resolve);
            signal?.addEventListener("abort", () => resolve());
          }),
      },
      fetch: async (request) => {
        const { url, redirect, headers } = request;
        const body = await request.json();
        posts.push({ url, redirect, type: headers.get("content-type"), body });
        return answer();
      },
    });
    const waited: Promise<unknown>[] = [];
    const context = {
      waitUntil: (work: Promise<unknown>) => void waited.push(work),
      passThroughOnException: () => undefined,
      props: {},
    } as unknown as ExecutionContext;
    return {
      posts,
      slept,
      waited,
      wake: () => wakers.shift()?.(),
      ask: async (env: Env, fields: Record<string, string>) => {
        const request = slashRequest(slashForm(fields));
        const response = await slow.app.request("/slack/command", request, env, context);
        return { status: response.status, body: await response.json<{ blocks: [] }>() };
      },
    };
  }

  /** A sync that is done when it is told. */
  function pending() {
    let finish: (problem?: Error) => void = () => undefined;
    const sync = () =>
      new Promise<ReturnType<typeof runReport>>((resolve, reject) => {
        finish = (problem) => (problem ? reject(problem) : resolve(runReport({ fresh: 2 })));
      });
    const env = environmentWith({ acme: workspace("acme", { sync }).relay });
    return { env, finish: (problem?: Error) => finish(problem) };
  }

  async function late(fields: Record<string, string> = {}, problem?: Error, world = slowly()) {
    const { env, finish } = pending();
    const answer = world.ask(env, { text: "sync", ...fields });
    await vi.waitFor(() => expect(world.slept).toEqual([2000]));
    world.wake();
    const { status, body } = await answer;
    expect([status, shown(body)]).toEqual([200, expect.stringMatching(/^Working on it…/)]);
    expect([world.posts, world.waited.length]).toEqual([[], 1]);
    finish(problem);
    await Promise.all(world.waited);
    return world.posts;
  }

  test("is promised at once, goes on, and is sent to the address that Slack gave", async () => {
    const posts = await late();
    expect(posts).toEqual([
      {
        url: responseUrl,
        type: "application/json; charset=utf-8",
        redirect: "manual",
        body: expect.objectContaining({ response_type: "ephemeral" }),
      },
    ]);
    expect(inspect(posts[0]?.body)).toMatchObject({ ok: true });
    expect(JSON.stringify(posts[0]?.body)).toContain("Read: 2 new events");
    expect(logged.join()).not.toContain("hooks.slack.com");
  });

  test("is told also where it goes wrong, and without a secret", async () => {
    const posts = await late({}, new Error("no route"));
    expect(JSON.stringify(posts[0]?.body)).toContain("Something went wrong here");
    const status = async () => statusOf("acme", [], { problem: `said ${signingSecret}` });
    const world = slowly();
    let finish: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => {
      finish = resolve;
    });
    const relay = workspace("acme", { status: () => gate.then(status) }).relay;
    const answer = world.ask(environmentWith({ acme: relay }), { text: "status" });
    await vi.waitFor(() => expect(world.slept).toEqual([2000]));
    world.wake();
    await answer;
    finish(undefined);
    await Promise.all(world.waited);
    expect(JSON.stringify(world.posts)).toContain("said ‹secret›");
  });

  test.each([
    "",
    "nonsense",
    "http://hooks.slack.com/commands/1",
    "https://hooks.slack.com.evil.example/commands/1",
    "https://evil.example/hooks.slack.com",
    "https://hooks.slack.com:8443/commands/1",
    "https://me:you@hooks.slack.com/commands/1",
    "https://me@hooks.slack.com/commands/1",
    "https://:you@hooks.slack.com/commands/1",
    "https://hooks.slack.com@evil.example/commands/1",
    "https://127.0.0.1/commands/1",
    "ftp://hooks.slack.com/commands/1",
  ])("is sent nowhere else: not to %j, and the log says so", async (response_url) => {
    expect(await late({ response_url })).toEqual([]);
    expect(logged.join()).toContain("its response_url does not lead to Slack");
    expect(logged.join()).not.toContain("evil");
  });

  test("is sent to Slack for governments as well", async () => {
    const response_url = "https://hooks.slack-gov.com/commands/T0/1/x";
    expect(await late({ response_url })).toMatchObject([{ url: response_url }]);
  });

  test("is logged where Slack does not take it", async () => {
    await late(
      {},
      undefined,
      slowly(() => new Response("expired_url", { status: 404 })),
    );
    expect(logged.join()).toMatch(/Slack refused a late answer.*404.*expired_url/);
    await late(
      {},
      undefined,
      slowly(() => Promise.reject(new TypeError("reset"))),
    );
    expect(logged.join()).toMatch(/a late answer did not reach Slack/);
    expect(logged.join()).not.toContain(responseUrl);
  });

  test("is all that is promised: what is done in time is answered once", async () => {
    const world = slowly();
    const env = environmentWith({ acme: workspace("acme").relay });
    const { body } = await world.ask(env, { text: "status" });
    expect(shown(body)).toMatch(/^\*All is well\*/);
    expect([world.posts, world.waited]).toEqual([[], []]);
  });
});

test("the OpenAPI document says that the form is signed by Slack", async () => {
  const response = await api.app.request("/openapi.json", {}, environmentWith({}));
  const { paths, components } = await response.json<{
    paths: Record<string, Record<string, unknown>>;
    components: { securitySchemes: Record<string, unknown> };
  }>();
  expect(paths["/slack/command"]?.post).toMatchObject({
    security: [{ slack: [] }],
    requestBody: {
      content: {
        "application/x-www-form-urlencoded": {
          schema: { type: "object", properties: { text: { description: expect.any(String) } } },
        },
      },
    },
    responses: { 200: {}, 401: {}, 404: {}, 413: {} },
  });
  expect(components.securitySchemes.slack).toMatchObject({
    in: "header",
    name: "X-Slack-Signature",
  });
});

function fail(): never {
  throw new Error("not there");
}
