// Receivers that judge each letter by itself, name the one they refuse, or confirm later what they took.
import { describe, expect, it } from "vitest";
import { Budget } from "../src/budget.ts";
import type { Outcome, Verdict } from "../src/destinations/destination.ts";
import { judgeByStatus } from "../src/destinations/kit/outcome.ts";
import type { Answer } from "../src/http.ts";
import { idle, letters, open, position } from "./support/lane.ts";

const second = 1000;
const idOf = (n: number) => `event-${String(n).padStart(3, "0")}`;
const ids = (...numbers: readonly number[]) => numbers.map(idOf);
const ok: Verdict = { kind: "delivered" };
const again: Verdict = { kind: "retry", reason: "HTTP 429: busy" };
const bad: Verdict = { kind: "reject", reason: "mapper_parsing_exception" };

/** A receiver whose answers to the requests are these verdicts, one list a request, then all delivered. */
function judging(answers: readonly (readonly Verdict[])[]) {
  const left = answers.values();
  return (_answer: Answer, _attempt: unknown, group: readonly unknown[]): Outcome => ({
    kind: "each",
    verdicts: left.next().value ?? group.map(() => ok),
  });
}
const deadIds = ({ ledger }: ReturnType<typeof open>) =>
  ledger.deadLetters(99).map(({ eventId, reason }) => `${eventId} ${reason}`);

describe("a receiver that judges each letter", () => {
  it("is sent only those again that it had no room for, in their order, before all others", async () => {
    const world = open({ judge: judging([[ok, again, ok, again]]) });
    world.offer(4);
    await idle(world);
    expect(world.settled()).toEqual(ids(0, 2));
    expect([world.mark(), world.lane.stopped, world.lane.health.failures]).toEqual([50, true, 1]);
    await world.clock.runUntil(world.lane.condition.readyAtMs() ?? 0);
    await world.clock.run(world.lane.resume(new Budget(9)));
    expect(world.sent).toEqual([ids(0, 1, 2, 3), ids(1, 3)]);
    expect(world.settled()).toEqual(ids(0, 1, 2, 3));
    expect(world.mark()).toBe(100);
  });

  it("has those buried that it refuses, each with its own reason, and is not sent them again", async () => {
    const other: Verdict = { kind: "reject", reason: "too_long" };
    const world = open({ judge: judging([[bad, ok, other]]) });
    world.offer(3);
    await idle(world);
    expect(deadIds(world).toSorted()).toEqual([
      "event-000 mapper_parsing_exception",
      "event-002 too_long",
    ]);
    expect(world.sent).toHaveLength(1);
    expect(world.lane.counts).toMatchObject({ delivered: 1, dead: 2, requests: 1 });
    expect(world.mark()).toBe(100);
  });

  it("waits as long as the letter that has to wait longest", async () => {
    const long: Verdict = { kind: "retry", reason: "busy", retryAfterMs: 30 * second };
    const world = open({ judge: judging([[again, long, again]]) });
    world.offer(3);
    await idle(world);
    const nowMs = world.clock.now();
    expect((world.lane.condition.readyAtMs() ?? 0) - nowMs).toBeGreaterThanOrEqual(30 * second);
  });

  it("pauses the destination by one letter, and what it took stays settled", async () => {
    const halt: Verdict = { kind: "halt", reason: "HTTP 404: no such index" };
    const world = open({ judge: judging([[ok, halt, again]]) });
    world.offer(3);
    await idle(world);
    expect(world.lane.health.pausedReason).toBe("HTTP 404: no such index");
    expect(world.settled()).toEqual(ids(0));
    expect([world.mark(), world.lane.empty]).toEqual([50, true]);
  });

  it("is noted as one attempt for all letters of the same fate", async () => {
    const world = open({ judge: judging([[again, ok, again]]) });
    world.offer(3);
    await idle(world);
    const [attempt, ...others] = world.ledger.attempts.of("siem", idOf(2));
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ outcome: "retry", reason: "HTTP 429: busy", events: 2 });
    expect(world.ledger.attempts.of("siem", idOf(1))).toEqual([]);
  });
});

describe("a receiver that names the letter it refuses", () => {
  it("gets the others together, not by halves", async () => {
    const world = open({
      judge: (answer, attempt) => {
        const verdict = judgeByStatus(answer, attempt);
        return verdict.kind === "reject" ? { ...verdict, at: 5 } : verdict;
      },
    });
    world.receiver.answer = (sent) =>
      sent.includes(idOf(5)) ? new Response("bad", { status: 400 }) : undefined;
    world.offer(8);
    await idle(world);
    expect(world.sent).toEqual([ids(0, 1, 2, 3, 4, 5, 6, 7), ids(5), ids(0, 1, 2, 3, 4, 6, 7)]);
    expect(deadIds(world)).toEqual(["event-005 HTTP 400: bad"]);
    expect(world.mark()).toBe(100);
  });

  it("is halved all the same when it names one that was not sent", async () => {
    const world = open({
      judge: (answer, attempt) => {
        const verdict = judgeByStatus(answer, attempt);
        return verdict.kind === "reject" ? { ...verdict, at: 40 } : verdict;
      },
    });
    world.receiver.answer = (sent) =>
      sent.includes(idOf(1)) ? new Response("bad", { status: 400 }) : undefined;
    world.offer(4);
    await idle(world);
    expect(deadIds(world)).toEqual(["event-001 HTTP 400: bad"]);
    expect(world.settled().toSorted()).toEqual(ids(0, 1, 2, 3));
  });
});

describe("a receiver that confirms later", () => {
  /** Takes with 202; asked about it, it says 200 when it is safe, 202 while it is not, 410 when it is lost. */
  const confirming = () => {
    const world = open({ judge: () => toConfirm() });
    const toConfirm = (): Outcome => ({
      kind: "confirm",
      afterMs: 10 * second,
      request: { ...world.request([], "ask"), body: "[]" },
      judge(answer, attempt) {
        if (answer.status === 202) return toConfirm();
        if (answer.status === 410) return { kind: "retry", reason: "not confirmed" };
        return judgeByStatus(answer, attempt);
      },
    });
    return world;
  };
  const says = (world: ReturnType<typeof open>, ...statuses: readonly number[]) => {
    const left = statuses.values();
    world.receiver.answer = (_ids, form) =>
      new Response(null, { status: form === "ask" ? (left.next().value ?? 200) : 202 });
  };
  const goOn = async (world: ReturnType<typeof open>) => {
    await world.clock.runUntil(world.lane.condition.readyAtMs() ?? 0);
    await world.clock.run(world.lane.resume(new Budget(9)));
  };

  it("is asked until it says so; only then the letters are settled, and they are sent once", async () => {
    const world = confirming();
    says(world, 202, 202, 200);
    world.offer(2);
    await idle(world);
    expect([world.settled(), world.mark()]).toEqual([[], 50]);
    expect((world.lane.condition.readyAtMs() ?? 0) - world.clock.now()).toBe(10 * second);
    await goOn(world);
    await goOn(world);
    expect(world.settled()).toEqual([]);
    await goOn(world);
    expect(world.settled()).toEqual(ids(0, 1));
    expect(world.forms).toEqual(["usual", "ask", "ask", "ask"]);
    expect(world.mark()).toBe(100);
    expect(world.lane.health).toMatchObject({ failures: 0, lastError: null });
  });

  it("is sent the letters again when it lost them", async () => {
    const world = confirming();
    says(world, 410, 200);
    world.offer(1);
    await idle(world);
    for (let i = 0; i < 3; i++) await goOn(world);
    expect(world.forms).toEqual(["usual", "ask", "usual", "ask"]);
    expect(world.settled()).toEqual(ids(0));
  });

  it("costs the run's budget a request each time it is asked", async () => {
    const world = confirming();
    says(world, 200);
    world.offer(1, 1);
    await idle(world);
    await world.clock.runUntil(world.lane.condition.readyAtMs() ?? 0);
    await world.clock.run(world.lane.resume(new Budget(0)));
    expect(world.forms).toEqual(["usual"]);
    await goOn(world);
    expect(world.settled()).toEqual(ids(0));
  });

  it("holds up no later letters for good: they follow once the first are safe", async () => {
    const world = confirming();
    says(world, 200, 200);
    world.offer(1);
    await idle(world);
    expect(
      world.lane.offer({ letters: letters(1), position }, new Budget(9), world.lane.epoch),
    ).toBe(false);
    await goOn(world);
    expect(world.offer(1)).toBe(true);
  });

  it("is asked on, not sent again, when the lane is to read again meanwhile", async () => {
    const world = confirming();
    says(world, 202, 200);
    world.offer(2);
    await idle(world);
    world.lane.reset();
    expect(
      world.lane.offer({ letters: letters(1), position }, new Budget(9), world.lane.epoch),
    ).toBe(false);
    await goOn(world);
    await goOn(world);
    expect(world.forms).toEqual(["usual", "ask", "ask"]);
    expect(world.settled()).toEqual(ids(0, 1));
    // The rest of its stretch is read again: the mark stays.
    expect([world.mark(), world.lane.empty]).toEqual([50, true]);
  });

  it("is asked no sooner when it was paused before it took them", async () => {
    const world = confirming();
    says(world, 200);
    const { health } = world.lane;
    const pausedMs = world.clock.now() - 3_600_000;
    world.ledger.setHealth("siem", {
      ...health,
      pausedMs,
      pausedReason: "HTTP 403",
      probeMs: pausedMs,
    });
    const lane = world.reopen();
    lane.offer({ letters: letters(1), position }, new Budget(9), lane.epoch);
    await world.clock.run(lane.idle());
    expect((lane.condition.readyAtMs() ?? 0) - world.clock.now()).toBe(10 * second);
    await world.clock.runUntil(lane.condition.readyAtMs() ?? 0);
    await world.clock.run(lane.resume(new Budget(9)));
    expect([world.settled(), lane.health.pausedMs]).toEqual([ids(0), null]);
  });
});

describe("a receiver that refuses everything", () => {
  const refusing = () => new Response("bad signature", { status: 400 });

  it("is paused after twenty dead letters: the rest of the backlog is held", async () => {
    const world = open({}, refusing);
    world.offer(100);
    await idle(world);
    expect(deadIds(world)).toHaveLength(20);
    expect(world.lane.health).toMatchObject({
      pausedReason: "refuses everything, so it seems: HTTP 400: bad signature",
    });
    expect([world.lane.empty, world.mark()]).toEqual([true, 50]);
  });

  it("is paused as well when it says so of each letter by itself", async () => {
    const world = open({ judge: judging(Array.from({ length: 9 }, () => Array(10).fill(bad))) });
    for (const start of [0, 10, 20]) {
      const ten = letters(30).slice(start, start + 10);
      world.lane.offer({ letters: ten, position }, new Budget(99), world.lane.epoch);
      await idle(world);
    }
    expect(deadIds(world)).toHaveLength(20);
    expect(world.lane.health.pausedReason).toMatch(/^refuses everything/);
  });

  it("may refuse as many again at each probe, so that nothing at the head of the backlog blocks it", async () => {
    const world = open({}, refusing);
    world.offer(100);
    await idle(world);
    world.receiver.answer = (sent) => (sent.some((id) => id < idOf(30)) ? refusing() : undefined);
    await world.clock.runUntil(world.lane.condition.readyAtMs() ?? 0);
    const left = letters(100).slice(20);
    world.lane.offer({ letters: left, position }, new Budget(999), world.lane.epoch);
    await idle(world);
    expect(deadIds(world)).toHaveLength(30);
    expect(world.settled()).toHaveLength(100);
    expect(world.lane.health.pausedMs).toBeNull();
  });

  it("is not thought of when it takes one now and then", async () => {
    const world = open({}, (sent) =>
      sent.every((id) => Number(id.slice(-3)) % 10 === 0) ? undefined : refusing(),
    );
    world.offer(100);
    await idle(world);
    expect(deadIds(world)).toHaveLength(90);
    expect(world.lane.health.pausedMs).toBeNull();
  });
});
