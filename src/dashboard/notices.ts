// What is said after a form was sent. The address carries a code and a name that is looked up: never words, which
// anybody could put into a link.
import type { Known as Names } from "../routes/workspace.ts";
import type { Test } from "./destinations.tsx";
import type { Notice } from "./layout.tsx";

export type NoticeCode =
  | "synced"
  | "tested"
  | "paused"
  | "resumed"
  | "retried"
  | "letter-retried"
  | "letter-discarded"
  | "applied"
  | "muted"
  | "unmuted";

/** Where to go after a form: a page, and what to say there. */
export function withNotice(address: string, code: NoticeCode, on = ""): string {
  const query = new URLSearchParams({ notice: code, ...(on !== "" && { on }) });
  return `${address}${address.includes("?") ? "&" : "?"}${query}`;
}

interface Known {
  readonly config: Names;
  readonly tests: readonly Test[];
  /** Why a workspace cannot be read, by its id; null where it can be. */
  problemOf(workspace: string): string | null;
}

/** Undefined for what is none of ours. */
export function toNotice(code: string, on: string, known: Known): Notice | undefined {
  const destination = known.config.destinations.find(({ name }) => name === on)?.name;
  const workspace = known.config.workspaces.find(({ id }) => id === on)?.id;
  switch (code) {
    case "letter-retried":
      return good("The dead letter is sent again with the next run, which is now.");
    case "letter-discarded":
      return good("The dead letter is discarded: its event counts as settled.");
    case "applied":
      return good("The plan is applied: what it lists is being sent.");
    case "muted":
      return good("Muted. What it keeps back is counted, and not sent when it is over.");
    case "unmuted":
      return good("The mute has ended. What it kept back stays so.");
    case "synced":
      return workspace === undefined ? undefined : synced(workspace, known.problemOf(workspace));
  }
  if (destination === undefined) return undefined;
  switch (code) {
    case "tested":
      return tested(destination, known.tests);
    case "paused":
      return good(`${destination} is paused: nothing is sent to it, and its backlog is held.`);
    case "resumed":
      return good(`${destination} goes on.`);
    case "retried":
      return good(`${destination} is tried now, without further waiting.`);
  }
  return undefined;
}

function synced(workspace: string, problem: string | null): Notice {
  return problem === null
    ? good(`The log of ${workspace} was read just now.`)
    : { tone: "bad", text: `The log of ${workspace} was asked, but could not be read: see below.` };
}

function tested(destination: string, tests: readonly Test[]): Notice | undefined {
  const test = tests.find((one) => one.destination === destination);
  if (!test) return undefined;
  return test.outcome === "delivered"
    ? good(test.detail)
    : { tone: "bad", text: `${destination} did not accept the test event: see there.` };
}

function good(text: string): Notice {
  return { tone: "good", text };
}
