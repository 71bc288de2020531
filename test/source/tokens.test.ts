// Several tokens for a workspace: where one is refused the next takes its place, in the middle of a walk, and it is told.
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/budget.ts";
import { Source } from "../../src/source/source.ts";
import { login, startMs, token, World, type WorldOptions, workspaceId } from "../support/world.ts";

const minute = 60_000;
const [old, next, third] = [token, "ws-the-next-token-of-the-workspace", "ws-a-third-token-of-it"];
const names = ["OLD_TOKEN", "NEW_TOKEN"];

const tokenList = (references: readonly string[]) => ({
  WEBFLOW_TOKEN: undefined,
  OLD_TOKEN: old,
  NEW_TOKEN: next,
  THIRD_TOKEN: third,
  WORKSPACES: [{ id: workspaceId, token: references.map((name) => `$${name}`) }],
});

/** Two destinations, of which `ops` is told of Tidemark itself. */
function twoTokens(options: WorldOptions = {}, references: readonly string[] = names): World {
  const world = new World({
    destinations: { siem: { batch: true }, ops: { system: true, only: ["nothing.*"] } },
    ...options,
    env: { ...tokenList(references), ...options.env },
  });
  world.tokens.issue(next);
  return world;
}

const rotations = (world: World, name = "ops") =>
  world.inbox(name).received.filter(({ type }) => type === "tidemark.token_rotated");

describe("a list of tokens", () => {
  it.each([
    ["revoked (401)", (world: World) => world.tokens.revoke(old)],
    ["short of the scope (403)", (world: World) => world.tokens.issue(old, { scopes: [] })],
    ["forbidden (403)", (world: World) => world.tokens.issue(old, { forbidden: true })],
  ])(
    "goes on with the next one when one is %s: nothing is missed, and one event tells",
    async (_, end) => {
      const world = twoTokens();
      for (let i = 0; i < 60; i++) world.log.add(login(startMs + i * 5000));
      await world.runFor(2 * minute);
      end(world);
      await world.runFor(5 * minute);
      expect(world.pipeline.source.health?.kind).toBe("ok");
      expect(world.inbox().received).toHaveLength(60);
      expect(new Set(world.inbox().ids).size).toBe(60);
      const [told, ...more] = rotations(world);
      expect(more).toEqual([]);
      expect(told?.body).toMatchObject({
        severity: "medium",
        raw: { payload: { living: "NEW_TOKEN", refused: "OLD_TOKEN" } },
      });
      expect(told?.body.summary).toMatch(
        /refused the token OLD_TOKEN .* NEW_TOKEN took its place.*npx wrangler secret put OLD_TOKEN/,
      );
      expect(rotations(world, "siem")).toEqual([]);
      expect(world.warnings("source not readable")).toEqual([]);
    },
  );

  it("goes on in the middle of a walk with the same page, each event once", async () => {
    const world = twoTokens({
      destinations: { siem: { batch: true, start: "1d" }, ops: { system: true, only: ["x"] } },
    });
    for (let i = 0; i < 2000; i++) world.log.add(login(startMs - 600 * minute + i * 1000));
    world.inbox().answer = () => {
      if (world.inbox().received.length >= 700) world.tokens.revoke(old);
      return undefined;
    };
    const report = await world.run();
    expect(report.source).toBe("ok");
    await world.runFor(minute);
    const { ids } = world.inbox();
    expect([ids.length, new Set(ids).size]).toEqual([2000, 2000]);
    expect(ids.toSorted()).toEqual(ids);
    expect(world.api.counts.byStatus[401]).toBe(1);
    expect(rotations(world)).toHaveLength(1);
  });

  it("of which the first never worked begins with the second, and tells it", async () => {
    const world = twoTokens({}, ["THIRD_TOKEN", "NEW_TOKEN"]);
    world.log.add(login());
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(rotations(world)[0]?.body.raw).toMatchObject({
      payload: { living: "NEW_TOKEN", refused: "THIRD_TOKEN" },
    });
  });

  it("of which the first works tells nothing and tries no other", async () => {
    const world = twoTokens();
    world.tokens.revoke(next);
    await world.runFor(10 * minute);
    expect(world.inbox("ops").received).toEqual([]);
    expect(world.api.counts.byStatus[401]).toBeUndefined();
  });

  it("stays with the one that lives through restarts, and tells it once", async () => {
    const world = twoTokens();
    await world.runFor(minute);
    world.tokens.revoke(old);
    await world.runFor(minute);
    for (let i = 0; i < 5; i++) {
      world.restart();
      await world.runFor(minute);
    }
    expect(world.api.counts.byStatus[401]).toBe(1);
    expect(rotations(world)).toHaveLength(1);
  });

  it("comes back to the first when the second ends, and tells that too", async () => {
    const world = twoTokens();
    await world.runFor(minute);
    world.tokens.revoke(old);
    await world.runFor(minute);
    world.tokens.restore(old);
    world.tokens.revoke(next);
    await world.runFor(minute);
    const told = rotations(world).map(({ body }) => (body.raw as { payload: unknown }).payload);
    expect(told).toEqual([
      { living: "NEW_TOKEN", refused: "OLD_TOKEN" },
      { living: "OLD_TOKEN", refused: "NEW_TOKEN" },
    ]);
  });

  it("of three is tried in turn until one lives", async () => {
    const world = twoTokens({}, ["OLD_TOKEN", "NEW_TOKEN", "THIRD_TOKEN"]);
    world.tokens.issue(third);
    await world.runFor(minute);
    world.tokens.revoke(old);
    world.tokens.revoke(next);
    world.log.add(login(world.clock.now()));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(rotations(world)[0]?.body.raw).toMatchObject({ payload: { living: "THIRD_TOKEN" } });
    expect(world.api.counts.byStatus[401]).toBe(2);
  });

  it("that is refused whole is refused, says what to do, moves no mark, and is caught up with exactly", async () => {
    const world = twoTokens();
    for (let i = 0; i < 120; i++) world.log.add(login(startMs + i * 5000));
    await world.runFor(2 * minute);
    world.tokens.revoke(old);
    world.tokens.revoke(next);
    await world.runFor(10_000);
    const position = world.ports.ledger.position("siem");
    const received = world.inbox().received.length;
    const requests = world.api.counts.requests;
    await world.runFor(10 * minute);
    expect(world.pipeline.source.health).toMatchObject({
      kind: "refused",
      text: expect.stringMatching(
        /^Webflow refuses each of the 2 tokens of workspace .*npx wrangler secret put (OLD|NEW)_TOKEN/,
      ),
    });
    expect(world.ports.ledger.position("siem")).toEqual(position);
    expect(world.inbox().received).toHaveLength(received);
    // Both, once a minute.
    expect(world.api.counts.requests - requests).toBeLessThanOrEqual(2 * 11);
    expect(rotations(world)).toEqual([]);
    world.tokens.issue(next);
    await world.runFor(2 * minute);
    expect([world.inbox().received.length, new Set(world.inbox().ids).size]).toEqual([120, 120]);
    expect(rotations(world)).toHaveLength(1);
  });

  it("counts every try against the budget of a run", async () => {
    const world = twoTokens();
    await world.run();
    world.tokens.revoke(old);
    const before = world.api.counts.requests;
    const query = { fromSecond: startMs / 1000 };
    const spent = await world.clock.run(world.pipeline.source.pull(query, new Budget(1)));
    expect([spent.kind, world.api.counts.requests - before]).toEqual(["spent", 1]);
    const page = await world.clock.run(world.pipeline.source.pull(query, new Budget(1)));
    expect([page.kind, world.api.counts.requests - before]).toEqual(["page", 2]);
    world.tokens.revoke(next);
    const budget = new Budget(2);
    const fault = await world.clock.run(world.pipeline.source.pull(query, budget));
    expect([fault.kind, world.api.counts.requests - before, budget.take()]).toEqual([
      "fault",
      4,
      false,
    ]);
  });

  it("that is read from several places at once changes once", async () => {
    const world = twoTokens();
    await world.run();
    delay(world, () => 100);
    world.tokens.revoke(old);
    const before = world.api.counts.requests;
    const pages = await world.clock.run(
      Promise.all(
        [1, 2, 3, 4].map(() =>
          world.pipeline.source.pull({ fromSecond: startMs / 1000 }, new Budget(5)),
        ),
      ),
    );
    expect(pages.map(({ kind }) => kind)).toEqual(["page", "page", "page", "page"]);
    expect(world.api.counts.requests - before).toBe(8);
    await world.runFor(minute);
    expect(rotations(world)).toHaveLength(1);
  });

  it("is not taken for turned back by a slow answer to the token before", async () => {
    const world = twoTokens();
    await world.run();
    // The first question is heard while the old token lives, and answered long after it has ended.
    const waits = [5000, 100, 100];
    delay(world, () => waits.shift() ?? 0, "after");
    const query = { fromSecond: startMs / 1000 };
    const slow = world.pipeline.source.pull(query, new Budget(5));
    await world.clock.runUntil(world.clock.now() + 10);
    world.tokens.revoke(old);
    await world.clock.run(world.pipeline.source.pull(query, new Budget(5)));
    expect((await world.clock.run(slow)).kind).toBe("page");
    await world.runFor(minute);
    const told = rotations(world).map(({ body }) => (body.raw as { payload: unknown }).payload);
    expect(told).toEqual([{ living: "NEW_TOKEN", refused: "OLD_TOKEN" }]);
  });

  it("of plain texts calls them by their places, never by what they are", async () => {
    const world = twoTokens({
      env: { WORKSPACES: [{ id: workspaceId, token: [old, next] }] },
    });
    await world.runFor(minute);
    world.tokens.revoke(old);
    await world.runFor(minute);
    expect(rotations(world)[0]?.body.summary).toMatch(
      /refused the token token 1 .* token 2 took its place.* Take token 1 out of WORKSPACES/,
    );
    expect(rotations(world)[0]?.body.summary).not.toMatch(/wrangler secret put/);
  });

  it("never shows a token: not in logs, not in states, not in what is told, though the source repeats it", async () => {
    const world = twoTokens();
    const { fetch } = world.ports;
    Object.assign(world.ports, {
      fetch: async (request: Request) => {
        if (new URL(request.url).host !== "api.webflow.com") return fetch(request);
        const auth = request.headers.get("authorization");
        return new Response(`<p>no access with ${auth} ${"x".repeat(90)} ${auth}</p>`, {
          status: 401,
        });
      },
    });
    await world.runFor(5 * minute);
    const { health } = world.pipeline.source;
    const shown = JSON.stringify([world.entries, health, world.inbox("ops").received]);
    expect(health?.kind).toBe("refused");
    for (const secret of [old, next, old.slice(0, 20), next.slice(0, 20)])
      expect(shown).not.toContain(secret);
  });

  it("that has become one token again needs no memory of the others", async () => {
    const world = twoTokens();
    await world.runFor(minute);
    world.tokens.revoke(old);
    await world.runFor(minute);
    world.restart({ env: tokenList(["NEW_TOKEN"]) });
    await world.runFor(minute);
    world.restart({ env: tokenList(["NEW_TOKEN", "OLD_TOKEN"]) });
    await world.runFor(minute);
    expect(world.pipeline.source.health?.kind).toBe("ok");
    expect(rotations(world)).toHaveLength(1);
    expect(world.api.counts.byStatus[401]).toBe(1);
  });
});

describe("the memory of which token lives", () => {
  it("is about names: the same names in another order lead to the same token", async () => {
    const world = twoTokens();
    await world.runFor(minute);
    world.tokens.revoke(old);
    await world.runFor(minute);
    const list = [
      { value: next, secret: "NEW_TOKEN" },
      { value: old, secret: "OLD_TOKEN" },
    ];
    const source = new Source(world.ports, workspaceId, list.toReversed());
    const refused = world.api.counts.byStatus[401];
    await world.clock.run(source.pull({ fromSecond: startMs / 1000 }, new Budget(2)));
    expect(world.api.counts.byStatus[401]).toBe(refused);
  });
});

/** Questions to the source take time: before they are heard, or until the answer is. */
function delay(world: World, wait: () => number, when: "before" | "after" = "before"): void {
  const { fetch, clock } = world.ports;
  Object.assign(world.ports, {
    fetch: async (request: Request) => {
      if (new URL(request.url).host !== "api.webflow.com") return fetch(request);
      const ms = wait();
      if (when === "before") await clock.sleep(ms);
      const answer = await fetch(request);
      if (when === "after") await clock.sleep(ms);
      return answer;
    },
  });
}
