import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommand, usages } from "../../src/slack-command/parse.ts";
import { eventId } from "../support/events.ts";

const hourMs = 3_600_000;
const id = eventId(7);

const muted = (what: object, rest: object) => ({
  kind: "mute",
  what: { only: [], where: {}, rules: [], ...what },
  destinations: [],
  reason: null,
  ...rest,
});

test.each<[string, object]>([
  ["", { kind: "help" }],
  ["  ", { kind: "help" }],
  ["help", { kind: "help" }],
  ["help me", { kind: "help" }],
  ["status", { kind: "status" }],
  ["  STATUS\t", { kind: "status" }],
  ["sync", { kind: "sync" }],
  ["last", { kind: "last", count: 5 }],
  ["last 1", { kind: "last", count: 1 }],
  ["last 020", { kind: "last", count: 20 }],
  [`why ${id}`, { kind: "why", event: id }],
  [`why ${id.toLowerCase()}`, { kind: "why", event: id }],
  [`why \`${id}-2\``, { kind: "why", event: `${id}-2` }],
  [`Why “${id}”`, { kind: "why", event: id }],
  ["pause siem", { kind: "pause", destination: "siem", forMs: null }],
  ["pause siem for 2h", { kind: "pause", destination: "siem", forMs: 2 * hourMs }],
  ["pause siem 30m", { kind: "pause", destination: "siem", forMs: hourMs / 2 }],
  ["pause SIEM FOR 2H", { kind: "pause", destination: "SIEM", forMs: 2 * hourMs }],
  ["pause siem for 2 h", { kind: "pause", destination: "siem", forMs: 2 * hourMs }],
  ["pause siem for 2 hours", { kind: "pause", destination: "siem", forMs: 2 * hourMs }],
  ["pause siem for 1 minute", { kind: "pause", destination: "siem", forMs: 60_000 }],
  ["pause for for 1 day", { kind: "pause", destination: "for", forMs: 24 * hourMs }],
  ["pause siem for 366d", { kind: "pause", destination: "siem", forMs: 366 * 24 * hourMs }],
  ["resume siem", { kind: "resume", destination: "siem" }],
  ["mute user_access.* for 2h", muted({ only: ["user_access.*"] }, { forMs: 2 * hourMs })],
  [
    "mute login.new_network on team for 7 days because we travel",
    muted(
      { rules: ["login.new_network"] },
      { destinations: ["team"], forMs: 168 * hourMs, reason: "we travel" },
    ),
  ],
  [
    "Mute <mailto:ford@example.com|ford@example.com> ON team, ops and siem For 30 minutes Because: clean-up for Q4",
    muted(
      { where: { "actor.email": "ford@example.com" } },
      { destinations: ["team", "ops", "siem"], forMs: hourMs / 2, reason: "clean-up for Q4" },
    ),
  ],
  ["mutes", { kind: "mutes" }],
  ["unmute 3", { kind: "unmute", id: "3" }],
  ["unmute `acme:3`", { kind: "unmute", id: "acme:3" }],
  ["resume 'siem'", { kind: "resume", destination: "siem" }],
])("%j is understood", (text, command) => {
  expect(parseCommand(text)).toEqual(command);
});

describe("a mistake says what was expected, and which command was meant:", () => {
  test.each([
    ["stats", null, "There is no command stats."],
    ["toString", null, "There is no command toString."],
    ["status acme", "status", "Expected nothing behind status, got acme."],
    ["sync now please", "sync", "Expected nothing behind sync, got now please."],
    ["last 0", "last", "Expected a number from 1 to 20, got 0."],
    ["last 21", "last", "Expected a number from 1 to 20, got 21."],
    ["last -5", "last", "Expected a number from 1 to 20, got -5."],
    ["last ten", "last", "Expected a number from 1 to 20, got ten."],
    ["last 5 acme", "last", "Expected a number from 1 to 20, got 5 acme."],
    ["why", "why", "Which event?"],
    ["why me", "why", "me is not the id of an event. It stands at the end of each message:"],
    [`why ${id} ${id}`, "why", "is not the id of an event"],
    ["pause", "pause", "Which destination?"],
    ["mute", "mute", "Mute what? Expected a type"],
    ["mute user_acess.* for 2h", "mute", "user_acess.* is no type, no rule and no e-mail"],
    ["mute *a* for 2h", "mute", "*a* fits types as well as rules."],
    ["mute user_access.*", "mute", "For how long? Expected for and a span like"],
    ["mute user_access.* for 31d", "mute", "at most 30 days, got for 31d."],
    ["mute user_access.* on team", "mute", "at most 30 days, got on team."],
    ["mute user_access.* for ever", "mute", "at most 30 days, got for ever."],
    ["mutes all", "mutes", "Expected nothing behind mutes, got all."],
    ["unmute", "unmute", "Which one? Expected an id from the list of mutes, got nothing."],
    ["unmute all", "unmute", "got all."],
    [
      "pause siem for",
      "pause",
      'Expected a span like "30m", "2h" or "7d", at most 366 days, got for.',
    ],
    ["pause siem for ever", "pause", "got for ever."],
    ["pause siem for 0h", "pause", "got for 0h."],
    ["pause siem for 367d", "pause", "got for 367d."],
    ["pause siem for 99999999999999999999h", "pause", "at most 366 days"],
    ["pause siem for -2h", "pause", "got for -2h."],
    ["pause siem team", "pause", "got team."],
    ["pause siem until tomorrow", "pause", "got until tomorrow."],
    ["resume", "resume", "Which destination?"],
    ["resume siem team", "resume", "Expected one destination, got siem team."],
    [`pause siem ${" ".repeat(500)} for 2h`, null, "That is longer than 500 characters."],
  ])("%j", (text, meant, what) => {
    expect(parseCommand(text)).toEqual({
      kind: "mistake",
      meant,
      what: expect.stringContaining(what),
    });
  });
});

test("each usage is understood as it stands, with something for each gap", () => {
  for (const { kind, usage } of usages) {
    const typed = usage
      .replace("<event>", id)
      .replace("<destination>", "siem")
      .replace("<what>", "user_access.*")
      .replace("<id>", "3")
      .replace(/[[\]]/g, "");
    expect(parseCommand(typed)).toMatchObject({ kind });
  }
});

test("each usage has a row in the README", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  for (const { usage } of usages) expect(readme).toContain(`| \`/tidemark ${usage}\` |`);
});

test("whatever is typed is a command or a mistake in words, at once", () => {
  const verbs = fc.constantFrom(...usages.map(({ kind }) => kind));
  const words = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), verbs, fc.constant("for"), fc.constant("2h")),
  );
  fc.assert(
    fc.property(
      fc.option(verbs, { nil: "" }),
      words,
      fc.constantFrom(" ", "\n", "\u00a0"),
      (verb, rest, gap) => {
        const parsed = parseCommand([verb, ...rest].join(gap));
        if (parsed.kind === "mistake") expect(parsed.what).toMatch(/[.?]$/);
        if (parsed.kind === "last") expect(parsed.count).toBeLessThanOrEqual(20);
        if (parsed.kind === "why") expect(parsed.event).toMatch(/^[0-9A-Z]{26}(-\d+)?$/);
        if (parsed.kind === "pause" && parsed.forMs !== null) {
          expect(parsed.forMs).toBeGreaterThan(0);
          expect(parsed.forMs).toBeLessThanOrEqual(366 * 24 * hourMs);
        }
      },
    ),
    { numRuns: 2000 },
  );
  const started = performance.now();
  parseCommand("'".repeat(60_000));
  parseCommand(`pause ${"'".repeat(490)}x`);
  expect(performance.now() - started).toBeLessThan(100);
});

test("a destination is paused for as long as was typed", () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/);
  const units = { m: 60_000, h: hourMs, d: 24 * hourMs };
  fc.assert(
    fc.property(
      name,
      fc.integer({ min: 1, max: 366 }),
      fc.constantFrom("m", "h", "d"),
      (destination, n, unit) => {
        const forMs = n * units[unit];
        for (const span of [`${n}${unit}`, `for ${n}${unit}`, `for ${n} ${unit}`])
          expect(parseCommand(`pause ${destination} ${span}`)).toEqual({
            kind: "pause",
            destination,
            forMs,
          });
      },
    ),
  );
});
