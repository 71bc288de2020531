import { describe, expect, it } from "vitest";
import { Budget } from "../../src/budget.ts";
import { betweenSource, hour, minute, requestsDuring, slowWorld } from "../support/proof.ts";
import { login, startMs, World } from "../support/world.ts";

type Item = ReturnType<typeof login>;

/** A world that has seen these items, and a late one of each that one destination is still owed. */
async function owing(count: number, options: ConstructorParameters<typeof World>[0] = {}) {
  const world = slowWorld(options);
  await world.run();
  for (let at = minute; at < 3 * hour; at += 5 * minute) world.log.add(login(startMs + at));
  await world.runFor(hour + 30 * minute);
  const items = Array.from({ length: count }, (_, i) => login(startMs + 50 * minute + i * 1000));
  for (const item of items) world.log.add(item, { visibleAtMs: world.clock.now() });
  return { world, items };
}

function copies(world: World, item: Item, name = "siem"): number {
  const text = JSON.stringify(item);
  return world.inbox(name).received.filter(({ body }) => JSON.stringify(body.raw) === text).length;
}

/** From now on the log does not show these any more. */
function hide(world: World, items: readonly Item[]): { shown: boolean } {
  const hidden = new Set(items.map((item) => JSON.stringify(item)));
  const state = { shown: false };
  betweenSource(world, (_, { items: page, pagination }) => {
    if (state.shown) return { items: page, pagination };
    const kept = page.filter((item) => !hidden.has(JSON.stringify(item)));
    const total = Number(pagination.total) - (page.length - kept.length);
    return { items: kept, pagination: { ...pagination, total } };
  });
  return state;
}

describe("what a destination is owed beside its walk", () => {
  it("is sent to it alone, while the others have it already", async () => {
    const { world, items } = await owing(3, { destinations: { siem: {}, team: {} } });
    world.inbox().answer = () => new Response("down", { status: 503 });
    await world.runFor(10 * minute);
    for (const item of items)
      expect([copies(world, item), copies(world, item, "team")]).toEqual([0, 1]);
    world.inbox().answer = () => undefined;
    await world.runFor(30 * minute);
    for (const item of items)
      expect([copies(world, item), copies(world, item, "team")]).toEqual([1, 1]);
  });

  it("is halved down to the one that the receiver refuses, which is dead-lettered", async () => {
    const { world, items } = await owing(8, { destinations: { siem: { batch: true } } });
    const poison = items[3];
    let bad: string | undefined;
    world.inbox().answer = (ids) => {
      if (ids.length === items.length) bad ??= ids[3];
      return bad && ids.includes(bad) ? new Response("bad", { status: 400 }) : undefined;
    };
    await world.runFor(20 * minute);
    const letters = world.ports.ledger.deadLetters(10);
    expect(letters).toMatchObject([{ destination: "siem", reason: "HTTP 400: bad" }]);
    expect(JSON.parse(letters[0]?.item ?? "")).toEqual(poison);
    for (const item of items) expect(copies(world, item)).toBe(item === poison ? 0 : 1);
  });

  it("is looked for again when one answer does not show it, however long it has been owed", async () => {
    const { world, items } = await owing(2);
    world.inbox().answer = () => new Response("down", { status: 503 });
    await world.runFor(3 * hour);
    const state = hide(world, items);
    world.inbox().answer = () => undefined;
    await world.runFor(40 * minute);
    expect(copies(world, items[0] as Item)).toBe(0);
    state.shown = true;
    await world.runFor(20 * minute);
    for (const item of items) expect(copies(world, item)).toBe(1);
    expect(world.ports.ledger.deadLetters(5)).toEqual([]);
  });

  it("is dead-lettered with its reason when the log has not shown it for an hour, and asked for no more", async () => {
    const { world, items } = await owing(2);
    world.inbox().answer = () => new Response("down", { status: 503 });
    await world.runFor(10 * minute);
    hide(world, items);
    world.inbox().answer = () => undefined;
    await world.runFor(2 * hour);
    expect(world.ports.ledger.deadLetters(5).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/does not show this event any more/),
      expect.stringMatching(/does not show this event any more/),
    ]);
    expect(world.ports.ledger.errands.next("siem", 5)).toEqual([]);
    expect(await requestsDuring(world, hour)).toBeLessThan(100);
  });

  it("never turns what was delivered into a dead letter, when it is asked for again and gone", async () => {
    const { world, items } = await owing(0);
    expect(items).toEqual([]);
    const sent = world.inbox().received.length;
    const request = { fromMs: startMs, toMs: startMs + hour, destinations: [], redeliver: true };
    const plan = await world.clock.run(world.pipeline.resync.plan(request, new Budget(45)));
    await world.clock.run(world.pipeline.resync.apply(plan.id, new Budget(45)));
    hide(world, world.log.all() as Item[]);
    await world.runFor(3 * hour);
    expect(world.inbox().received).toHaveLength(sent);
    expect(world.ports.ledger.deadLetters(5)).toEqual([]);
    const [receipt] = world.pipeline.receipts.between(startMs, startMs + hour);
    expect(receipt?.destinations.siem).toMatchObject({ delivered: 12, deadLettered: 0 });
  });

  it("does not keep live events waiting, however long the list, the budget and the receiver's pace", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 1000 } });
    await world.run();
    for (let i = 0; i < 600; i++) world.log.add(login(startMs + 10_000 + i * 1000));
    await world.runFor(hour);
    const { fetch } = world.ports;
    Object.assign(world.ports, {
      fetch: async (request: Request) => {
        if (new URL(request.url).host.startsWith("siem")) await world.clock.sleep(1000);
        return fetch(request);
      },
    });
    const request = { fromMs: startMs, toMs: startMs + hour, destinations: [], redeliver: true };
    const plan = await world.clock.run(world.pipeline.resync.plan(request, new Budget(1000)));
    await world.clock.run(world.pipeline.resync.apply(plan.id, new Budget(1000)));
    for (let i = 0; i < 20; i++) world.log.add(login(startMs + hour + 5000 + i * minute));
    await world.runFor(40 * minute);
    const delays = world.inbox().received.flatMap(({ body, atMs }) => {
      const timeMs = Date.parse(String(body.time));
      return timeMs > startMs + hour ? [atMs - timeMs] : [];
    });
    expect(delays).toHaveLength(20);
    expect(Math.max(...delays)).toBeLessThan(2.5 * minute);
    expect(world.inbox().received).toHaveLength(1220);
  });

  it("costs nothing once it is sent: no request is made for it any more", async () => {
    const { world, items } = await owing(40);
    await world.runFor(hour);
    for (const item of items) expect(copies(world, item)).toBe(1);
    await world.runFor(2 * hour);
    expect(await requestsDuring(world, hour)).toBeLessThan(100);
    expect(world.ports.ledger.errands.next("siem", 5)).toEqual([]);
  });
});
