import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeSql } from "../sandbox/sql.ts";
import { idPrefix } from "../src/event/identity.ts";
import { Ledger } from "../src/ledger.ts";
import { countSettled } from "./support/settled.ts";
import { login, World } from "./support/world.ts";

const t0 = Date.parse("2026-06-01T12:00:00Z");
const idAt = (ms: number, rest = "A") => idPrefix(ms) + rest.padStart(16, "0");
const [low, high] = [idAt(t0 - 10), idAt(t0 + 10)];
const note = (sighting: { id: string; late: boolean }) => ({
  ...sighting,
  fingerprint: () => "print",
});
const run = { startedMs: 1, trigger: "cron" };
const place = { sinceMs: 1, activatedMs: 2, through: 50, resume: 40, lastDeliveredMs: null };

function open() {
  const sql = nodeSql();
  return { sql, ledger: new Ledger(sql) };
}

describe("the ledger's tables", () => {
  it("are made once: a second process finds them as the first left them", () => {
    const { sql, ledger } = open();
    ledger.settle("siem", ["a"], "delivered", 1);
    const again = new Ledger(sql);
    expect(again.events.settledBetween("siem", "a", "a").size).toBe(1);
    expect(countSettled(sql, "siem")).toEqual({ delivered: 1, dead: 0 });
    expect(sql.exec("SELECT count(*) AS n FROM migrations")[0]?.n).toBe(8);
  });

  it("outlive the process", () => {
    const folder = mkdtempSync(join(tmpdir(), "ledger-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "ledger.sqlite");
    new Ledger(nodeSql(path)).setPosition("siem", place);
    expect(new Ledger(nodeSql(path)).position("siem")).toEqual(place);
  });

  it("are made whole or not at all", () => {
    const sql = nodeSql();
    const broken = {
      ...sql,
      exec: (query: string, ...bindings: (string | number | null)[]) => {
        if (query.includes("CREATE TABLE meta")) throw new Error("disk full");
        return sql.exec(query, ...bindings);
      },
    };
    expect(() => new Ledger(broken)).toThrow("disk full");
    const ledger = new Ledger(sql);
    ledger.set("key", { a: 1 });
    expect(ledger.get("key")).toEqual({ a: 1 });
  });

  it("may have columns that only a newer version knows: one that is rolled back goes on", async () => {
    const world = new World({ destinations: { siem: { system: true } } });
    const names = (table: string) => `SELECT name FROM pragma_table_info('${table}')`;
    const tables = world.sql.exec("SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const table of tables.map(({ name }) => String(name))) {
      if (!table.startsWith("sqlite_"))
        world.sql.exec(`ALTER TABLE ${table} ADD COLUMN later TEXT`);
      expect(world.sql.exec(names(table)).length).toBeGreaterThan(1);
    }
    world.restart();
    world.log.add(login());
    world.inbox("siem").answer = () => new Response("no", { status: 401 });
    await world.runFor(60_000);
    world.inbox("siem").answer = () => undefined;
    await world.runFor(4 * 3_600_000);
    expect(world.inbox("siem").received.map(({ type }) => type)).toContain("user_access.login");
    expect(world.entries.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("keep nothing of a transaction that throws", () => {
    const { sql, ledger } = open();
    const work = () => {
      ledger.settle("siem", ["a"], "delivered", 1);
      throw new Error("no");
    };
    expect(() => ledger.transaction(work)).toThrow("no");
    expect(countSettled(sql, "siem").delivered).toBe(0);
  });
});

describe("a position", () => {
  it("is undefined until it is set, and then what was set", () => {
    const { ledger } = open();
    expect(ledger.position("siem")).toBeUndefined();
    ledger.setPosition("siem", place);
    expect(ledger.position("siem")).toEqual(place);
    expect(ledger.position("team")).toBeUndefined();
  });

  it("advances its mark forward only; where to read again may also go back", () => {
    const { ledger } = open();
    ledger.setPosition("siem", place);
    ledger.advance("siem", 60, 55, 1000);
    expect(ledger.position("siem")).toMatchObject({
      through: 60,
      resume: 55,
      lastDeliveredMs: 1000,
    });
    ledger.advance("siem", 30, 31, null);
    expect(ledger.position("siem")).toMatchObject({
      through: 60,
      resume: 31,
      lastDeliveredMs: 1000,
    });
  });

  it("that does not move costs no write", () => {
    const { sql, ledger } = open();
    ledger.setPosition("siem", place);
    const changes = () => sql.exec("SELECT total_changes() AS n")[0]?.n;
    const before = changes();
    ledger.advance("siem", 50, 40, null);
    ledger.advance("siem", 49, 40, null);
    expect(changes()).toBe(before);
  });
});

describe("sightings", () => {
  it("are new once, and late or not as they were first seen", () => {
    const { ledger } = open();
    const see = (sightings: { id: string; late: boolean }[], nowMs: number) =>
      ledger.events.see(sightings.map(note), ledger.events.known(low, high), run, nowMs);
    const [a, b, c] = [idAt(t0), idAt(t0, "B"), idAt(t0 + 1)];
    const first = [
      { id: a, late: false },
      { id: c, late: true },
    ];
    expect(see(first, 1)).toEqual({ fresh: new Set([a, c]), late: new Set([c]), absent: [] });
    const second = [
      { id: a, late: true },
      { id: b, late: true },
      { id: c, late: false },
    ];
    expect(see(second, 2)).toEqual({
      fresh: new Set([b]),
      late: new Set([b, c]),
      absent: [],
    });
    expect([a, b, c].map((id) => ledger.events.wasLate(id))).toEqual([false, true, true]);
    expect(see([], 3)).toEqual({ fresh: new Set(), late: new Set([b, c]), absent: [a, b, c] });
  });

  it("are settled for each destination on its own", () => {
    const { sql, ledger } = open();
    const ids = [0, 1, 2].map((ms) => idAt(t0 + ms));
    ledger.settle("siem", ids, "delivered", 1);
    ledger.settle("team", ids.slice(1, 2), "dead", 1);
    expect([...ledger.events.settledBetween("siem", idAt(t0), idAt(t0 + 1)).keys()]).toEqual(
      ids.slice(0, 2),
    );
    expect(ledger.events.settledBetween("team", idAt(t0), idAt(t0 + 9))).toEqual(
      new Map([[ids[1], "dead"]]),
    );
    expect(countSettled(sql, "team")).toEqual({ delivered: 0, dead: 1 });
  });

  it("delivered after all are settled as delivered, once", () => {
    const { sql, ledger } = open();
    ledger.settle("siem", ["a"], "dead", 1);
    ledger.settle("siem", ["a"], "delivered", 2);
    expect(countSettled(sql, "siem")).toEqual({ delivered: 1, dead: 0 });
  });

  it("before a time are forgotten, those of that millisecond and after are kept", () => {
    const { ledger } = open();
    ledger.setPosition("siem", place);
    const ids = [-1, 0, 1].map((ms) => idAt(t0 + ms));
    const sightings = ids.map((id) => ({ id, late: true }));
    const known = () => ledger.events.known(low, high);
    ledger.events.see(sightings.map(note), known(), run, 1);
    ledger.settle("siem", ids, "delivered", 1);
    ledger.forgetBefore(t0);
    expect([...ledger.events.settledBetween("siem", "", "~").keys()]).toEqual(ids.slice(1));
    expect(ids.map((id) => ledger.events.wasLate(id))).toEqual([false, true, true]);
    expect(ledger.events.see(sightings.map(note), known(), run, 2).fresh.size).toBe(1);
  });
});

describe("dead letters", () => {
  const letter = { destination: "siem", eventId: "a", reason: "bad", item: '{"a":1}' };

  it("are one for each event and destination; a second refusal brings the new reason and ends the retry", () => {
    const { ledger } = open();
    ledger.bury(letter, 1);
    ledger.bury({ ...letter, destination: "team" }, 2);
    ledger.bury({ ...letter, destination: null }, 3);
    const [, , first] = ledger.deadLetters(9);
    ledger.setRetrying(first?.id ?? 0);
    expect(ledger.retrying("siem")).toHaveLength(1);
    ledger.bury({ ...letter, reason: "worse" }, 4);
    ledger.bury({ ...letter, destination: null }, 5);
    expect(ledger.countDeadLetters()).toBe(3);
    expect(ledger.deadLetter(first?.id ?? 0)).toMatchObject({ reason: "worse", retrying: false });
    expect(ledger.isBuried("a")).toBe(true);
  });

  it("come newest first, page by page", () => {
    const { ledger } = open();
    for (const eventId of ["a", "b", "c"]) ledger.bury({ ...letter, eventId }, 1);
    const page = ledger.deadLetters(2);
    expect(page.map(({ eventId }) => eventId)).toEqual(["c", "b"]);
    expect(ledger.deadLetters(2, page.at(-1)?.id).map(({ eventId }) => eventId)).toEqual(["a"]);
  });

  it("that were delivered after all, or are discarded, are gone; those of another destination stay", () => {
    const { ledger } = open();
    ledger.bury(letter, 1);
    ledger.bury({ ...letter, destination: "team" }, 1);
    ledger.exhume("siem", ["a", "b"]);
    expect(ledger.deadLetters(9).map(({ destination }) => destination)).toEqual(["team"]);
    const [team] = ledger.deadLetters(1);
    if (team) ledger.discard(team, 2);
    expect(ledger.deadLetters(9)).toEqual([]);
    expect(ledger.deadLetter(1)).toBeUndefined();
  });
});

describe("the health of a destination", () => {
  it("is good until something else is noted", () => {
    const { ledger } = open();
    const good = ledger.health("siem");
    expect(good).toMatchObject({ failures: 0, notBeforeMs: 0, pausedMs: null, probeMs: null });
    const bad = { ...good, failures: 3, lastError: "HTTP 503", pausedMs: 5, pausedReason: "no" };
    ledger.setHealth("siem", bad);
    expect(ledger.health("siem")).toEqual(bad);
    expect(ledger.health("team")).toEqual(good);
  });
});
