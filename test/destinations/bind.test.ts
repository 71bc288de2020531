// What every destination gets by being bound to its options.
import { expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import type { DestinationType, Letter } from "../../src/destinations/destination.ts";
import { intake, jsonLines } from "../../src/destinations/kit/intake.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Answer } from "../../src/http.ts";
import { auditEvent, letterOf } from "../support/events.ts";

const token = "a-token-that-nobody-should-read";
const letters: readonly Letter[] = [letterOf(auditEvent())];
const answer = (body: string): Answer => ({
  kind: "answer",
  status: 403,
  headers: new Headers(),
  body,
});

const confirming: DestinationType<{ token: string }> = {
  type: "confirming",
  title: "Takes, and is asked about it twice",
  docs: "https://siem.example.com",
  options: z.object({ token: z.string() }),
  format: "event",
  idempotency: "none",
  limits: { events: 1 },
  pack: (letters) => [letters],
  encode: () => ({ method: "POST", url: "https://siem.example.com/in", headers: {} }),
  judge: () => ask(2),
};

function ask(times: number): ReturnType<typeof confirming.judge> {
  return {
    kind: "confirm",
    afterMs: 1000,
    request: { method: "GET", url: "https://siem.example.com/status", headers: {} },
    judge: (answer) => {
      if (times > 1) return ask(times - 1);
      return { kind: "halt", reason: answer.kind === "answer" ? answer.body : answer.message };
    },
  };
}

test("a secret that a receiver repeats is struck out, also when it is asked again later", () => {
  const bound = erase(confirming).bind({ token }, ownFormat);
  const taken = bound.judge(answer(""), { nowMs: 0 }, letters);
  const pending = taken.kind === "confirm" ? taken.judge(answer(""), { nowMs: 0 }) : taken;
  const last =
    pending.kind === "confirm" ? pending.judge(answer(`bad ${token}`), { nowMs: 0 }) : pending;
  expect(last).toEqual({ kind: "halt", reason: "bad ‹secret›" });
});

test("a letter that goes to two destinations of one type becomes a record by the options of each", () => {
  const logs = erase(
    intake({
      type: "logs",
      title: "Logs",
      docs: "https://siem.example.com",
      options: z.object({ index: z.string() }),
      format: "event",
      idempotency: "none",
      limits: { events: 10, bytes: 1000 },
      framing: jsonLines,
      target: () => ({ url: "https://siem.example.com/in", headers: {} }),
      toRecord: ({ id }, _, { index }) => JSON.stringify({ id, index }),
    }),
  );
  const bodies = ["one", "two"].map((index) => {
    const bound = logs.bind({ index }, ownFormat);
    bound.pack(letters);
    return JSON.parse(String(bound.encode(letters, { nowMs: 0 }).body)).index;
  });
  expect(bodies).toEqual(["one", "two"]);
});
