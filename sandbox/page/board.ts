// How everything stands, in words: what the strip at the top of the page says.
import * as z from "zod";
import type { DestinationName, Scene, SwitchName, Tally } from "../scene.ts";

type Tone = "good" | "wait" | "bad" | "idle";

/** Texts and tones by name; the page's script puts each where the name stands. */
export interface Board {
  readonly texts: Readonly<Record<string, string>>;
  readonly tones: Readonly<Record<string, Tone>>;
  readonly switches: Readonly<Record<SwitchName, boolean>>;
}

const time = z.string().nullable();

/** What the page uses of the Worker's GET /status. */
export const workerStatus = z.object({
  workspaces: z
    .array(
      z.object({
        state: z.string(),
        problem: z.string().nullable(),
        lastRead: time,
        deadLetters: z.number(),
        destinations: z.array(
          z.object({
            name: z.string(),
            state: z.string(),
            lastError: z.string().nullable(),
            nextAttempt: time,
          }),
        ),
      }),
    )
    .min(1),
});
export type WorkerStatus = z.infer<typeof workerStatus>["workspaces"][number];

/** `status` is null as long as the Worker has not told how it is. */
export function toBoard(scene: Scene, status: WorkerStatus | null, nowMs: number): Board {
  const { on } = scene;
  const webflow = on.refuse
    ? "refuses the token"
    : on.throttle
      ? "answers 429"
      : on.error
        ? "answers 500"
        : "answers";
  const failing = status !== null && !["active", "quiet", "starting"].includes(status.state);
  const team = destination(scene, status, "team", nowMs);
  const siem = destination(scene, status, "siem", nowMs);
  return {
    switches: { ...on },
    texts: {
      webflow,
      events: count(scene.tally("team").expected, "event"),
      reads: count(scene.webflow.requests, "read"),
      tidemark: status?.state ?? "starting",
      problem: (failing && status.problem) || "",
      read: status?.lastRead ? `latest ${ago(status.lastRead, nowMs)}` : "",
      dead: status?.deadLetters ? `${status.deadLetters} dead letters` : "no dead letters",
      ...team.texts,
      ...siem.texts,
    },
    tones: {
      webflow: webflow === "answers" ? "good" : "bad",
      tidemark: status === null ? "idle" : failing ? "wait" : "good",
      ...team.tones,
      ...siem.tones,
    },
  };
}

function destination(
  scene: Scene,
  status: WorkerStatus | null,
  name: DestinationName,
  nowMs: number,
) {
  const tally = scene.tally(name);
  const seen = status?.destinations.find((candidate) => candidate.name === name);
  const { text, tone } = standing(tally, seen, nowMs);
  return {
    texts: {
      [name]: text,
      [`${name}.arrived`]: `${tally.arrived} of ${tally.expected}`,
      [`${name}.twice`]: `${tally.twice} twice`,
    },
    tones: { [name]: tone, [`${name}.twice`]: tally.twice === 0 ? "idle" : "bad" } as const,
  };
}

function standing(
  { expected, arrived }: Tally,
  seen: WorkerStatus["destinations"][number] | undefined,
  nowMs: number,
): { text: string; tone: Tone } {
  const waiting = expected - arrived;
  if (seen?.state === "paused")
    return { text: `paused: ${seen.lastError ?? "refused"}`, tone: "bad" };
  if (seen?.state === "waiting") {
    const inS = Math.ceil((Date.parse(seen.nextAttempt ?? "") - nowMs) / 1000);
    const next = inS > 0 ? `next try in ${inS} s` : "trying again";
    return { text: `${waiting} held back, ${next}`, tone: "wait" };
  }
  if (waiting > 0) return { text: `${waiting} on the way`, tone: "wait" };
  return expected === 0
    ? { text: "nothing yet", tone: "idle" }
    : { text: "nothing missing", tone: "good" };
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function ago(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000));
  return seconds < 2 ? "now" : `${seconds} s ago`;
}
