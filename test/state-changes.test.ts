// What changes in how Tidemark stands: told once at each change, never while it lasts, whatever process is there to tell.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notices } from "../src/notice-texts.ts";
import { toSystemEvent } from "../src/system-event.ts";
import { testDestination } from "../src/test-event.ts";
import { mortal } from "./support/mortal.ts";
import { hook, slackInbox } from "./support/slack-inbox.ts";
import { login, startMs, token, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `ops` is told all that happens to Tidemark; `siem` gets Webflow's events alone. */
function open(options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World({
    destinations: { siem: {}, ops: { system: true, only: ["none.none"] } },
    ...options,
  });
  return { world, told: () => toldAt(world, "ops"), last: () => textsAt(world, "ops").at(-1) };
}

const ownAt = (world: World, name: string) =>
  world.inbox(name).received.filter(({ type }) => type.startsWith("tidemark."));
const toldAt = (world: World, name: string) =>
  ownAt(world, name).map(({ type }) => type.replace("tidemark.", ""));
const textsAt = (world: World, name: string) =>
  ownAt(world, name).map(({ body }) => String(body.summary));

/** For so long, with a new process every few minutes. */
async function runThrough(world: World, ms: number, everyMs = 7 * minute): Promise<void> {
  for (const endMs = world.clock.now() + ms; world.clock.now() < endMs; world.restart())
    await world.runFor(Math.min(everyMs, endMs - world.clock.now()));
}

const refuse = (status: number, text: string) => () => new Response(text, { status });
/** Each event by itself, so that a request is an attempt. */
const someEvents = (world: World, count = 3) => {
  for (let i = 0; i < count; i++) world.log.add(login(world.clock.now() + i));
};

describe("the source", () => {
  it("that refuses the token is told at once and once, with the command that mends it, and so is its recovery", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    world.tokens.revoke(token);
    await world.runFor(10_000);
    expect(told()).toEqual(["source_refused"]);
    expect(last()).toMatch(/with: npx wrangler secret put WEBFLOW_TOKEN$/);
    expect(last()).toMatch(/make a new one under Workspace settings > Apps & integrations/);
    await runThrough(world, 2 * hour);
    expect(told()).toEqual(["source_refused"]);
    world.tokens.restore(token);
    await runThrough(world, hour);
    expect(told()).toEqual(["source_refused", "source_recovered"]);
    expect(last()).toMatch(/ is read again, after 2 hours\. /);
    world.tokens.revoke(token);
    await runThrough(world, hour);
    expect(told()).toEqual(["source_refused", "source_recovered", "source_refused"]);
  });

  it.each([
    ["source_blind", "service_unavailable", 2 * minute],
    ["source_throttled", "throttled_without_hint", 15 * minute],
  ] as const)(
    "that answers nothing is %s after a while, not for a hiccup",
    async (name, kind, graceMs) => {
      const { world, told, last } = open();
      await world.runFor(minute);
      const fail = (on: boolean) => {
        world.faults.mix = on ? { rate: 1, kinds: [kind] } : null;
      };
      fail(true);
      await world.runFor(graceMs - 90_000);
      expect(told()).toEqual([]);
      fail(false);
      await world.runFor(5 * minute);
      expect(told()).toEqual([]);
      fail(true);
      await runThrough(world, graceMs + 3 * hour);
      expect(told()).toEqual([name]);
      expect(last()).toMatch(/ has not been read since 2026-06-01T1/);
      fail(false);
      await runThrough(world, hour);
      expect(told()).toEqual([name, "source_recovered"]);
    },
  );

  it("is told anew when its trouble becomes another, but not for one answer in between", async () => {
    const { world, told } = open();
    await world.runFor(minute);
    world.tokens.revoke(token);
    await world.runFor(10 * minute);
    world.faults.mix = { rate: 1, kinds: ["internal_error"] };
    await world.runFor(minute);
    world.faults.mix = null;
    await world.runFor(10 * minute);
    expect(told()).toEqual(["source_refused"]);
    world.faults.mix = { rate: 1, kinds: ["internal_error"] };
    await runThrough(world, 20 * minute);
    expect(told()).toEqual(["source_refused", "source_blind"]);
  });

  it("that takes a new token is told by its names", async () => {
    const { world, told, last } = open({
      env: {
        RESERVE: "ws-test-token-in-reserve",
        WORKSPACES: [{ id: workspaceId, token: ["$WEBFLOW_TOKEN", "$RESERVE"] }],
      },
    });
    world.tokens.issue("ws-test-token-in-reserve");
    await world.runFor(minute);
    world.tokens.revoke(token);
    await runThrough(world, hour);
    expect(told()).toEqual(["token_rotated"]);
    expect(last()).toMatch(/npx wrangler secret put WEBFLOW_TOKEN$/);
  });
});

describe("a destination", () => {
  it("that is refused is told to the others, with what to check and set; that it takes events again, to all", async () => {
    const { world, told, last } = open({
      destinations: { siem: { system: true, url: "$SIEM_URL" }, ops: { system: true } },
      env: { SIEM_URL: "https://siem.example.com/in/k3y-0123456789" },
    });
    await world.runFor(minute);
    world.inbox("siem").answer = refuse(403, "no entry at /in/k3y-0123456789");
    someEvents(world);
    await runThrough(world, 3 * hour);
    expect(told()).toEqual(["destination_paused"]);
    expect(last()).toBe(
      "Destination siem (webhook) is paused, for its receiver refuses Tidemark: HTTP 403: no entry at ‹secret›. Its backlog is held, and nothing is lost. It is tried again each hour, and at once by POST /destinations/siem/test or the button on the dashboard. Check its options in wrangler.toml, and set what has changed with: npx wrangler secret put SIEM_URL",
    );
    world.inbox("siem").answer = () => undefined;
    await runThrough(world, 2 * hour);
    expect(told()).toEqual(["destination_paused", "destination_recovered"]);
    expect(toldAt(world, "siem")).toEqual(["destination_recovered"]);
    world.inbox("siem").answer = refuse(403, "no");
    someEvents(world);
    await runThrough(world, 3 * hour);
    expect(told().slice(2)).toEqual(["destination_paused"]);
  });

  it("that says 410 is told to be left alone, until a test by hand finds it well", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    world.inbox("siem").answer = refuse(410, "gone");
    someEvents(world);
    await runThrough(world, 3 * hour);
    expect(told()).toEqual(["destination_paused"]);
    expect(last()).toMatch(/not tried again by itself; it goes on with POST \/destinations\/siem/);
    world.inbox("siem").answer = () => undefined;
    const member = world.pipeline.member("siem");
    if (member) await world.clock.run(testDestination(world.ports, member, workspaceId));
    await world.runFor(10 * minute);
    expect(told()).toEqual(["destination_paused", "destination_recovered"]);
  });

  it("that fails is told after eight failures, not before, and once", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    let failures = 0;
    world.inbox("siem").answer = () => {
      failures += 1;
      return failures < 7 ? new Response("down", { status: 503 }) : undefined;
    };
    someEvents(world);
    await world.runFor(30 * minute);
    expect([failures > 7, told()]).toEqual([true, []]);
    world.inbox("siem").answer = refuse(503, "down");
    someEvents(world);
    await runThrough(world, 5 * hour);
    expect(told()).toEqual(["destination_failing"]);
    expect(last()).toMatch(
      /siem \(webhook\) does not take events: \d+ attempts in a row failed, the last with HTTP 503: down\. /,
    );
    world.inbox("siem").answer = () => undefined;
    await runThrough(world, hour);
    expect(told()).toEqual(["destination_failing", "destination_recovered"]);
  });

  it("whose options were changed is well again when it takes something, not when it is deployed", async () => {
    const { world, told } = open();
    await world.runFor(minute);
    world.inbox("siem").answer = refuse(404, "no such hook");
    someEvents(world);
    await world.runFor(10 * minute);
    const destinations = { siem: { batch: true }, ops: { system: true, only: ["none.none"] } };
    world.restart({ destinations });
    await world.runFor(10 * minute);
    expect(told()).toEqual(["destination_paused"]);
    world.inbox("siem").answer = () => undefined;
    world.restart({ destinations: { ...destinations, siem: {} } });
    await world.runFor(minute);
    expect(told()).toEqual(["destination_paused", "destination_recovered"]);
  });

  it("that was paused by hand is told with who and until when, again where that changes, and when it is over", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    const pause = (untilMs: number | null) =>
      world.pipeline.member("siem")?.lane.pause("ford@example.com", untilMs);
    pause(startMs + 2 * hour);
    await world.runFor(10_000);
    expect(last()).toMatch(
      /^Destination siem \(webhook\) was paused by ford@example\.com, until 2026-06-01T14:00:00Z\. /,
    );
    await runThrough(world, hour);
    pause(startMs + 3 * hour);
    await runThrough(world, minute);
    expect(last()).toMatch(/until 2026-06-01T15:00:00Z/);
    await runThrough(world, 3 * hour);
    expect(told()).toEqual(["destination_paused", "destination_paused", "destination_resumed"]);
    expect(last()).toMatch(/^The pause of destination siem \(webhook\) is over, after 3 hours\. /);
    pause(null);
    await runThrough(world, 2 * day, hour);
    expect(last()).toMatch(/ was paused by ford@example\.com, until it is resumed\. /);
    world.pipeline.member("siem")?.lane.goOn();
    await runThrough(world, hour);
    expect(told().slice(3)).toEqual(["destination_paused", "destination_resumed"]);
  });

  it("that was paused by hand, and fails when it goes on, is told to fail", async () => {
    const { world, told } = open();
    await world.runFor(minute);
    world.pipeline.member("siem")?.lane.pause("ford@example.com", null);
    someEvents(world);
    await world.runFor(hour);
    world.inbox("siem").answer = refuse(401, "no");
    world.pipeline.member("siem")?.lane.goOn();
    await runThrough(world, 2 * hour);
    expect(told()).toEqual(["destination_paused", "destination_paused"]);
    world.inbox("siem").answer = () => undefined;
    await runThrough(world, 2 * hour);
    expect(told().slice(2)).toEqual(["destination_recovered"]);
  });
});

describe("what comes of events", () => {
  it("dead letters are told once, and again only when none were left in between", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    world.inbox("siem").answer = refuse(400, "bad event");
    const { ledger } = world.ports;
    const discard = () => {
      for (const letter of ledger.deadLetters(100)) ledger.discard(letter, world.clock.now());
    };
    someEvents(world, 2);
    await runThrough(world, hour);
    someEvents(world, 2);
    await runThrough(world, hour);
    expect(told()).toEqual(["dead_letters"]);
    expect(last()).toMatch(/The newest: siem: HTTP 400: bad event\. See the dead letters/);
    discard();
    await runThrough(world, hour);
    expect(told()).toEqual(["dead_letters"]);
    someEvents(world, 1);
    await runThrough(world, hour);
    expect(told()).toEqual(["dead_letters", "dead_letters"]);
  });

  it("an item without a usable time is told as a dead letter", async () => {
    const { world, told } = open();
    await world.runFor(minute);
    world.log.add({ ...login(), timestamp: "yesterday" }, { visibleAtMs: world.clock.now() });
    await runThrough(world, hour);
    expect(told()).toEqual(["dead_letters"]);
  });

  it("late ones are told at most once a day, and all of them, whatever process saw them", async () => {
    const { world, told, last } = open();
    const current = () => world.log.add(login(world.clock.now()));
    const late = async (count: number) => {
      current();
      await world.runFor(minute);
      for (let i = 0; i < count; i++)
        world.log.add(login(world.clock.now() - 5 * minute), { visibleAtMs: world.clock.now() });
      await runThrough(world, 10 * minute);
    };
    current();
    await world.runFor(10 * minute);
    await late(1);
    expect(told()).toEqual(["late_events"]);
    await late(3);
    await late(2);
    await runThrough(world, 20 * hour, hour);
    expect(told()).toEqual(["late_events"]);
    await runThrough(world, 5 * hour, hour);
    expect(told()).toEqual(["late_events", "late_events"]);
    expect(last()).toMatch(/^5 events of workspace /);
    await runThrough(world, 3 * day, 6 * hour);
    expect(told()).toHaveLength(2);
  });

  it("what is new in the log is told once for each thing", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    const payload = { method: "telepathy", ipAddress: "192.0.2.1", location: "x", mood: "fine" };
    const actor = { type: "person", id: "1", email: "a@example.com", shoe: 44 };
    const strange = () => login(world.clock.now(), { payload, actor });
    world.log.add(strange());
    world.log.add(login(world.clock.now(), { eventType: "teapot", eventSubType: "boiled over" }));
    await runThrough(world, 30 * minute);
    world.log.add(strange());
    await runThrough(world, 30 * minute);
    expect(told()).toEqual(["schema_drift"]);
    for (const thing of [
      "the field actor.shoe",
      "the field payload.mood",
      "the method telepathy",
      "the type teapot.boiled_over",
    ])
      expect(last()).toContain(thing);
    world.log.add(login(world.clock.now(), { payload: { ...payload, method: "magic" } }));
    await runThrough(world, 30 * minute);
    expect(told()).toEqual(["schema_drift", "schema_drift"]);
    expect(last()).toMatch(/does not know: the method magic\. It is passed on/);
  });

  it("of a thousand new things two hundred are told, in a text that can be read", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    for (let i = 0; i < 1000; i++)
      world.log.add(login(world.clock.now(), { eventSubType: `invented_${"x".repeat(50)}_${i}` }));
    await runThrough(world, 2 * hour, 20 * minute);
    expect(told().every((name) => name === "schema_drift")).toBe(true);
    const things = ownAt(world, "ops").flatMap(({ body }) => {
      const { payload } = body.raw as { payload: { things: string[] } };
      return payload.things;
    });
    expect([things.length, new Set(things).size]).toEqual([200, 200]);
    expect(last()?.length).toBeLessThan(1000);
  });

  it("what the source counts but does not show is told when its hour is closed, at most once a day", async () => {
    const { world, told, last } = open();
    await world.runFor(minute);
    const item = () => ({ ...login(), timestamp: "yesterday" });
    for (let i = 1; i <= 3; i++)
      world.log.add(item(), { visibleAtMs: startMs + i * hour + minute });
    await runThrough(world, 2 * day, 6 * hour);
    expect(told()).toEqual(["dead_letters", "shortfall"]);
    expect(last()).toMatch(
      /^Webflow counts 1 event more in the hour from 2026-06-01T13:00:00Z of /,
    );
  });
});

describe("any sequence of troubles and deaths", () => {
  /** What each name says of its subject; a story in which a thing is said twice in a row was told twice. */
  const says = (type: string, text: string): [string, string] | undefined => {
    const name = type.replace("tidemark.", "");
    if (name.startsWith("source_")) return ["source", name];
    const destination = /estination (\w+) \(/.exec(text)?.[1];
    if (destination === undefined) return undefined;
    const by = /was paused by/.test(text) ? "by hand" : "";
    return [destination, `${name}${by}`];
  };

  const step = fc.record({
    source: fc.constantFrom("ok", "ok", "refused", "blind", "throttled"),
    siem: fc.constantFrom("ok", "ok", 401, 410, 503),
    hold: fc.constantFrom("none", "none", "pause", "pause for 10 min", "resume"),
    dies: fc.option(
      fc.record({
        call: fc.integer({ min: 1, max: 6 }),
        when: fc.constantFrom("before", "after"),
      }),
    ),
    minutes: fc.integer({ min: 1, max: 70 }),
  });

  it("gives of each subject a story without a repetition, which ends well when all is well", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const { world } = open();
        const { sql } = world;
        await world.runFor(minute);
        const set = (source: string, siem: string | number) => {
          if (source === "refused") world.tokens.revoke(token);
          else world.tokens.restore(token);
          const kinds = { blind: "internal_error", throttled: "throttled_without_hint" } as const;
          const kind = kinds[source as keyof typeof kinds];
          world.faults.mix = kind ? { rate: 1, kinds: [kind] } : null;
          world.inbox("siem").answer = () =>
            typeof siem === "number" ? new Response("no", { status: siem }) : undefined;
        };
        for (const { source, siem, hold, dies, minutes } of steps) {
          set(source, siem);
          const lane = world.pipeline.member("siem")?.lane;
          if (hold === "pause") lane?.pause("ford", null);
          if (hold === "pause for 10 min") lane?.pause("ford", world.clock.now() + 10 * minute);
          if (hold === "resume") lane?.goOn();
          someEvents(world, 1);
          if (dies !== null) {
            // In the middle of its run, at one of its requests.
            mortal(world, sql, dies);
            world.pipeline.run("alarm", 5000);
            await world.clock.runUntil(world.clock.now() + 10_000);
            world.sql = sql;
            world.restart();
          }
          await world.runFor(minutes * minute);
        }
        set("ok", "ok");
        world.pipeline.member("siem")?.lane.goOn();
        someEvents(world, 1);
        await world.runFor(70 * minute);
        // A request that a death left unsettled is sent again, under the same id.
        const events = new Map(ownAt(world, "ops").map((event) => [event.id, event]));
        const stories = Map.groupBy(
          [...events.values()].flatMap(({ type, body }) => {
            const said = says(type, String(body.summary));
            return said ? [said] : [];
          }),
          ([subject]) => subject,
        );
        for (const said of stories.values()) {
          const names = said.map(([, name]) => name);
          const good = (name = "") => /recovered|resumed/.test(name);
          expect(good(names[0])).toBe(false);
          expect(good(names.at(-1))).toBe(true);
          // A pause by hand may be given another end.
          for (const [i, name] of names.entries())
            if (name !== "destination_pausedby hand") expect(name).not.toBe(names[i + 1]);
        }
      }),
      { numRuns: 15 },
    );
  }, 180_000);
});

describe("the texts", () => {
  const named = { name: "n".repeat(63), type: "webhook", secrets: ["A_SECRET", "B", "A_SECRET"] };
  const reason = `HTTP 400: ${"r".repeat(200)}…`;
  const workspace = "w".repeat(60);
  const destination = { type: "datadog", limits: { age: { ms: 18 * hour, treatment: "t" } } };
  const all = [
    notices.tokenRotated("token 2", "token 1", workspace),
    notices.cronStopped(startMs, workspace),
    notices.alarmStopped(null, workspace),
    notices.eventsTooOld("siem", destination as never, 3),
    notices.sourceRefused(workspace, `${"t".repeat(500)} set it with: npx wrangler secret put T`),
    notices.sourceThrottled(workspace, startMs, "It waits."),
    notices.sourceBlind(workspace, startMs, "It is tried again."),
    notices.sourceRecovered(workspace, 49 * hour),
    notices.destinationPaused(named, reason, true),
    notices.destinationFailing(named, reason, 8),
    notices.destinationRecovered(named, -5),
    notices.destinationHeld(named, "ford@example.com", null),
    notices.destinationResumed(named, hour),
    notices.deadLetters(workspace, 1, { destination: "siem", reason }),
    notices.lateEvents(workspace, 1),
    notices.schemaDrift(
      workspace,
      Array.from({ length: 200 }, (_, i) => `${"f".repeat(130)}${i}`),
    ),
    notices.shortfall(workspace, "2026-06-01T12:00:00Z", 2),
    notices.budgetShort(workspace, "free", ["rows written", "GB-s awake"], 19_000),
    notices.budgetUsed(workspace, "free", ["rows written"], startMs),
    notices.budgetRecovered(workspace, 10_000),
  ];

  it.each(all.map((fields) => [fields.name, fields] as const))(
    "%s is short and whole",
    (_name, fields) => {
      const { summary } = toSystemEvent(fields, startMs, workspace);
      expect(summary.length).toBeLessThanOrEqual(1000);
      expect(summary).toMatch(/^[A-Z0-9]/);
      expect(summary).toMatch(/[.]$|npx wrangler (?:secret put \w+|deploy|tail)$|deploy$/);
      expect(summary).not.toMatch(/\.\.|undefined|null|NaN|\b1 \w+s\b/);
      expect(JSON.stringify(fields.payload ?? {})).not.toMatch(/NaN|:-/);
    },
  );

  it("arrive in Slack whole, and say no secret that a receiver repeats", async () => {
    const url = "https://siem.example.com/in/0123456789abcdef";
    const world = new World({
      destinations: {
        siem: { url },
        team: { type: "slack", url: hook },
      },
    });
    const inbox = slackInbox(world);
    await world.runFor(minute);
    world.inbox("siem").answer = refuse(401, `you asked for ${url}, or /in/0123456789abcdef`);
    someEvents(world, 1);
    await world.runFor(5 * minute);
    const text = inbox.messages
      .map(({ body }) => String(body.text))
      .find((one) => /paused/.test(one));
    expect(text).toContain("Check its options in wrangler.toml.");
    const written = JSON.stringify(inbox.messages);
    expect(written).not.toContain("0123456789abcdef");
    expect(written).not.toContain(hook.split("/").at(-1));
  });
});
