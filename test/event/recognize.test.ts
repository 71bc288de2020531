import { describe, expect, it } from "vitest";
import { fingerprint, recognize } from "../../src/event/recognize.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import { login, startMs, World, workspaceId } from "../support/world.ts";

const minute = 60_000;

function record(payload: Record<string, unknown>) {
  const item = { ...login(startMs), payload: { method: "sso", location: "Here", ...payload } };
  const parsed = parseRecord(item);
  if (isUnusable(parsed)) throw new Error(parsed.reason);
  return parsed;
}

/** The ids of the sessions named, when those of `before` have been seen in this order. */
function idsOf(before: readonly string[], now: readonly string[]): (string | undefined)[] {
  const known = new Map<string, string | null>();
  const seen: string[] = [];
  const look = (sessions: readonly string[]) =>
    recognize(
      sessions.map((sessionId) => record({ sessionId })),
      workspaceId,
      known,
    );
  for (const session of before) {
    seen.push(session);
    for (const { id, record } of look(seen)) if (!known.has(id)) known.set(id, fingerprint(record));
  }
  return now.map((session) => {
    const found = look(now).find(({ record }) => {
      return (record.raw.payload as { sessionId: string }).sessionId === session;
    });
    return found?.id.slice(26);
  });
}

describe("events equal in all that identifies them", () => {
  it("keep the ids that they were given first, whichever comes later and sorts before", () => {
    expect(idsOf(["b"], ["a", "b"])).toEqual(["-2", ""]);
    expect(idsOf(["b", "a"], ["a", "b"])).toEqual(["-2", ""]);
    expect(idsOf(["b", "a", "c"], ["c", "a", "b"])).toEqual(["-3", "-2", ""]);
    expect(idsOf(["b", "a"], ["a"])).toEqual(["-2"]);
  });

  it("that are equal in everything are told apart by number", () => {
    expect(idsOf(["a", "a"], ["a", "a"])).toHaveLength(2);
    const twins = [record({}), record({})];
    const ids = recognize(twins, workspaceId, new Map()).map(({ id }) => id.slice(26));
    expect(ids).toEqual(["", "-2"]);
  });

  it("keep their ids when all of them grow a field", () => {
    expect(idsOf(["a", "b"], ["a2", "b2"])).toEqual(["", "-2"]);
    expect(idsOf(["a"], ["z"])).toEqual([""]);
  });
});

describe("an event that comes late and sorts before its sibling", () => {
  it.each([{ lateMs: 4000 }, { lateMs: 20 * minute }])(
    "is delivered, and the sibling not again ($lateMs ms late)",
    async ({ lateMs }) => {
      const world = new World({ destinations: { siem: {}, audit: { batch: true } } });
      await world.run();
      const atMs = startMs + minute;
      const item = login(atMs);
      const sibling = (sessionId: string) => ({ ...item, payload: { ...item.payload, sessionId } });
      world.log.add(sibling("BBB"));
      world.log.add(sibling("AAA"), { visibleAtMs: atMs + 15_000 + lateMs });
      for (let i = 2; i < 40; i++) world.log.add(login(startMs + i * minute));
      await world.runFor(45 * minute);
      for (const name of ["siem", "audit"]) {
        const sessions = world.inbox(name).received.flatMap(({ body }) => {
          const { payload } = body.raw as { payload: { sessionId?: string } };
          return payload.sessionId ?? [];
        });
        expect(sessions.toSorted()).toEqual(["AAA", "BBB"]);
        expect(new Set(world.inbox(name).ids).size).toBe(40);
      }
    },
  );
});
