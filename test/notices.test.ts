// Tidemark's own events: told once to who asks for them, kept until they are taken, and never counted as Webflow's.
import { describe, expect, it } from "vitest";
import { notices } from "../src/notice-texts.ts";
import { explain } from "../src/proof/explain.ts";
import { apply, plan } from "./support/resync.ts";
import { hook, slackInbox } from "./support/slack-inbox.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const cronStopped = () => notices.cronStopped(startMs, "heart-of-gold");
const typesAt = (world: World, name: string) => world.inbox(name).received.map(({ type }) => type);
/** Without what is told of the destination itself: test/state-changes.test.ts. */
const othersAt = (world: World, name: string) =>
  typesAt(world, name).filter((type) => !type.startsWith("tidemark.destination_"));

describe("a notice", () => {
  it("goes to the destinations that ask for it, whatever their filters, and to no other", async () => {
    const world = new World({
      destinations: {
        siem: {},
        ops: { system: true, only: ["user_access.*"], minSeverity: "high" },
      },
    });
    await world.run();
    world.pipeline.notices.tell(cronStopped());
    expect(world.pipeline.nextMs()).toBe(world.clock.now());
    await world.runFor(minute);
    expect(typesAt(world, "ops")).toEqual(["tidemark.cron_stopped"]);
    expect(typesAt(world, "siem")).toEqual([]);
  });

  it("is in the log, too, where nobody else asks for it", async () => {
    const world = new World();
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(minute);
    expect(world.entries.filter(({ level }) => level === "warn")).toMatchObject([
      {
        message: expect.stringMatching(/has not fired since/),
        fields: { event: "tidemark.cron_stopped", lastCron: "2026-06-01T12:00:00.000Z" },
      },
    ]);
  });

  it("reads well in Slack: what happened and what to do, and its type and id below", async () => {
    const world = new World({ destinations: { team: { type: "slack", url: hook } } });
    const inbox = slackInbox(world);
    world.pipeline.notices.tell(notices.tokenRotated("NEW_TOKEN", "OLD_TOKEN", "heart-of-gold"));
    await world.runFor(minute);
    expect(inbox.messages).toHaveLength(1);
    const [message = { body: {} }] = inbox.messages;
    const { text, blocks, attachments } = message.body as {
      text: string;
      blocks: { text: { text: string } }[];
      attachments: { color: string; blocks: { elements: { text: string }[] }[] }[];
    };
    const sentence =
      "Webflow refused the token OLD_TOKEN of workspace heart-of-gold; NEW_TOKEN took its place, and nothing was missed. Take OLD_TOKEN out of WORKSPACES in wrangler.toml and deploy, or set a new one with: npx wrangler secret put OLD_TOKEN";
    expect(blocks[0]?.text.text).toContain(sentence);
    expect(text).toContain(sentence);
    expect(attachments[0]?.color).toBe("#ECB22E");
    expect(attachments[0]?.blocks.at(-1)?.elements[0]?.text).toMatch(/tidemark\.token_rotated/);
  });

  it("keeps the commands and addresses in each of its texts whole in Slack", async () => {
    const team = { type: "slack", url: hook, maxPerMinute: 60 };
    const world = new World({ destinations: { team } });
    const inbox = slackInbox(world);
    const all = [
      notices.tokenRotated("token 2", "token 1", "w"),
      cronStopped(),
      notices.cronBack("w"),
      notices.alarmStopped(startMs, "w"),
      notices.alarmStopped(null, "w"),
      notices.alarmBack("w"),
    ];
    for (const fields of all) {
      world.pipeline.notices.tell(fields);
      await world.runFor(5000);
    }
    const texts = inbox.messages.map(({ body }) => String(body.text));
    expect(texts).toHaveLength(all.length);
    for (const [i, { summary }] of all.entries())
      expect(texts[i]?.replaceAll("∶", ":")).toContain(summary);
  });

  it("is kept while its destination is down, through restarts, and comes once", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    world.inbox("ops").answer = () => new Response("down", { status: 503 });
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(30 * minute);
    world.restart();
    await world.runFor(30 * minute);
    world.inbox("ops").answer = () => undefined;
    await world.runFor(30 * minute);
    world.restart();
    await world.runFor(30 * minute);
    expect(othersAt(world, "ops")).toEqual(["tidemark.cron_stopped"]);
  });

  it("is kept while its destination is paused, and comes before the events that wait", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    world.inbox("ops").answer = () => new Response("no", { status: 403 });
    world.log.add(login());
    await world.runFor(minute);
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(10 * minute);
    world.inbox("ops").answer = () => undefined;
    await world.runFor(90 * minute);
    expect(othersAt(world, "ops")).toEqual(["tidemark.cron_stopped", "user_access.login"]);
  });

  it("that a receiver took, but the process never learned of, comes again under the same id", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    let hangs = 1;
    world.inbox("ops").answer = () => (hangs-- > 0 ? "hang" : undefined);
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(5 * minute);
    expect(typesAt(world, "ops")).toHaveLength(2);
    expect(new Set(world.inbox("ops").ids).size).toBe(1);
  });

  it("of which there are hundreds at once arrives, each once and in order", async () => {
    const world = new World({ destinations: { ops: { system: true, batch: true } } });
    world.inbox("ops").answer = () => new Response("no", { status: 403 });
    world.log.add(login());
    await world.runFor(minute);
    for (let i = 0; i < 120; i++) {
      world.pipeline.notices.tell(notices.cronStopped(startMs + i, "w"));
      await world.clock.runUntil(world.clock.now() + 1000);
    }
    world.inbox("ops").answer = () => undefined;
    await world.runFor(2 * hour);
    const { ids } = world.inbox("ops");
    const told = ids.filter((_, i) => typesAt(world, "ops")[i] === "tidemark.cron_stopped");
    expect([told.length, new Set(told).size]).toEqual([120, 120]);
    expect(told.toSorted()).toEqual(told);
  });

  it("moves no mark, and stands in no receipt, no plan and no count of events", async () => {
    const world = new World({ destinations: { ops: { system: true, start: "2h" } } });
    world.log.add(login(startMs - 90 * minute));
    await world.runFor(minute);
    const position = world.ports.ledger.position("ops");
    world.pipeline.notices.tell(cronStopped());
    await world.run();
    expect(typesAt(world, "ops")).toHaveLength(2);
    expect(world.ports.ledger.position("ops")).toEqual(position);
    const report = await plan(world, { fromMs: startMs, toMs: world.clock.now(), redeliver: true });
    expect(report).toMatchObject({ events: 0, counts: { ops: { send: 0 } } });
    expect((await apply(world, report.id)).kind).toBe("applied");
    await world.runFor(3 * hour);
    for (const { events, destinations } of world.pipeline.receipts.between(
      startMs,
      startMs + 2 * hour,
    )) {
      expect(events).toBe(0);
      expect(destinations.ops).toMatchObject({ delivered: 0, deadLettered: 0, pending: 0 });
    }
  });

  it("does not count as an event in the report of a run", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    await world.run();
    world.pipeline.notices.tell(cronStopped());
    expect((await world.run()).destinations.ops).toMatchObject({ delivered: 0, requests: 1 });
  });

  it("that is refused for good is told in the log once more, and is no dead letter", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    world.inbox("ops").answer = () => new Response("bad", { status: 400 });
    await world.run();
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(10 * minute);
    expect(world.inbox("ops").requests).toBe(1);
    expect(world.ports.ledger.deadLetters(10)).toEqual([]);
    expect(world.entries.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { destination: "ops", type: "tidemark.cron_stopped", reason: "HTTP 400: bad" } },
    ]);
    await world.runFor(3 * hour);
    const [receipt] = world.pipeline.receipts.between(startMs, startMs + hour);
    expect(receipt).toMatchObject({ events: 0, destinations: { ops: { deadLettered: 0 } } });
    expect(receipt?.state).not.toBe("shortfall");
  });

  it("is no event of the log: nobody explains it", async () => {
    const world = new World({ destinations: { ops: { system: true } } });
    world.pipeline.notices.tell(cronStopped());
    await world.runFor(minute);
    const [id = ""] = world.inbox("ops").ids;
    const workspace = { id: workspaceId, memoryDays: 90 };
    const explained = explain(world.pipeline, world.ports, workspace, id);
    expect(await world.clock.run(explained)).toEqual({ kind: "unknown" });
  });
});
