// A lane of its own before a receiver that a test plays.
import { VirtualClock } from "../../sandbox/clock.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { Budget } from "../../src/budget.ts";
import type { BoundDestination } from "../../src/destinations/bind.ts";
import type { Letter } from "../../src/destinations/destination.ts";
import { judgeByStatus } from "../../src/destinations/kit/outcome.ts";
import { Lane } from "../../src/lane.ts";
import { Ledger } from "../../src/ledger.ts";
import type { Ports } from "../../src/ports.ts";
import { auditEvent, letterOf } from "./events.ts";
import { startMs } from "./world.ts";

function letter(n: number): Letter {
  const id = `event-${String(n).padStart(3, "0")}`;
  return letterOf(auditEvent({ id }), { n });
}
export const letters = (count: number) => Array.from({ length: count }, (_, i) => letter(i));
export const position = { through: 100, resume: 101 };

export type Answer = (
  ids: readonly string[],
  form: string,
) => Response | Promise<Response> | undefined;

/** A lane before a receiver; `sent` are the ids of each request that reached it. */
export function open(overrides: Partial<BoundDestination> = {}, answer: Answer = () => undefined) {
  const clock = new VirtualClock(startMs);
  const sql = nodeSql();
  const ledger = new Ledger(sql);
  const sent: string[][] = [];
  const forms: string[] = [];
  const logged: string[] = [];
  const note = (message: string) => logged.push(message);
  const receiver = { answer };
  const ports: Ports = {
    clock,
    ledger,
    random: () => 0,
    marks: { read: async () => null, write: async () => undefined },
    log: { info: note, warn: note, error: note },
    async fetch(request) {
      const ids = (await request.json()) as string[];
      const form = request.headers.get("x-form") ?? "";
      sent.push(ids);
      forms.push(form);
      return (await receiver.answer(ids, form)) ?? new Response(null, { status: 204 });
    },
  };
  const request = (group: readonly Letter[], form: string) => ({
    method: "POST" as const,
    url: "https://siem.example.com/in",
    headers: { "x-form": form },
    body: JSON.stringify(group.map(({ event }) => event.id)),
  });
  const destination: BoundDestination = {
    type: "test",
    chat: false,
    minIntervalMs: 0,
    limits: { events: 100 },
    fingerprint: "options",
    pack: (all) => [all],
    encode: (group) => request(group, "usual"),
    judge: judgeByStatus,
    ...overrides,
  };
  ledger.setPosition("siem", {
    sinceMs: 0,
    activatedMs: 0,
    through: 50,
    resume: 51,
    lastDeliveredMs: null,
  });
  /** What the next process has. */
  const reopen = () => new Lane("siem", destination, ports);
  const lane = reopen();
  const offer = (count: number, requests = 1000) =>
    lane.offer({ letters: letters(count), position }, new Budget(requests), lane.epoch);
  const settled = () => [...ledger.events.settledBetween("siem", "event-000", "event-999").keys()];
  const mark = () => ledger.position("siem")?.through;
  return {
    lane,
    reopen,
    offer,
    sent,
    forms,
    logged,
    receiver,
    clock,
    ledger,
    sql,
    settled,
    mark,
    request,
  };
}
type Opened = ReturnType<typeof open>;

export const idle = ({ lane, clock }: Opened) => clock.run(lane.idle());
export const down = () => new Response("down", { status: 503 });
export const oneByOne = { pack: (all: readonly Letter[]) => all.map((one) => [one]) };
