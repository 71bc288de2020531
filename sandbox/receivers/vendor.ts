// The intake of a vendor: its own rules for each request, and what is the same for all of them. The rules follow the
// vendor's documentation, not Tidemark's code.
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { Clock } from "../../src/http.ts";
import type { Site } from "../site.ts";
import { type Fault, meet, type ReceiverFaults } from "./faults.ts";

/** A request as the vendor's rules see it. */
export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** The body, decompressed. */
  readonly text: string;
  /** Its size, decompressed. */
  readonly bytes: number;
  /** Whether it came compressed. */
  readonly gzip: boolean;
  readonly nowMs: number;
}

/** One record that the vendor stored. */
export interface Stored {
  /** Id of the event that it tells of. */
  readonly id: string;
  /** When the vendor says that it happened; undefined: the time of receipt. */
  readonly timeMs?: number | undefined;
  readonly content: unknown;
}

export interface Reply {
  readonly status: number;
  /** Text as it is, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stored?: readonly Stored[];
}

/** Rules for one receiver. What they remember between requests is theirs. */
export type Rules = (request: Incoming) => Reply;

interface World {
  readonly clock: Clock;
  /** Whether the vendor refuses this record, in the way that it refuses one that is malformed. */
  refuses(id: string): boolean;
}

export interface Vendor {
  /** The destination's type. */
  readonly type: string;
  /** Where it listens; a binding's name for one that is reached through a binding. */
  readonly hosts: readonly string[];
  /** Options of destinations that lead here. */
  readonly options: readonly Readonly<Record<string, unknown>>[];
  /** What it answers when it is busy or broken: each means "again, later". */
  readonly faults: readonly Fault[];
  /** A record that comes again is dropped. */
  readonly deduplicates?: true;
  open(world: World): Rules;
}

export interface VendorReceiver extends Site {
  /** In the order of their coming; repeats as well. */
  readonly stored: readonly Stored[];
  /** How often each event was stored, by id. */
  readonly taken: ReadonlyMap<string, number>;
  /** How often each status was answered; 0 counts the requests whose answer never arrived. */
  readonly answers: ReadonlyMap<number, number>;
  /** What the last refusal said. */
  readonly lastRefusal: string | undefined;
  /** Ids of events that are refused for good. */
  readonly refused: Set<string>;
  faults: ReceiverFaults;
}

export function vendorReceiver(
  { open }: Vendor,
  { clock, faults = () => undefined }: { readonly clock: Clock; readonly faults?: ReceiverFaults },
): VendorReceiver {
  const stored: Stored[] = [];
  const taken = new Map<string, number>();
  const answers = new Map<number, number>();
  let lastRefusal: string | undefined;
  const refused = new Set<string>();
  const rules = open({ clock, refuses: (id) => refused.has(id) });

  const count = (status: number) => answers.set(status, (answers.get(status) ?? 0) + 1);
  const answer = (status: number, text = "", retryAfterS?: number): Response => {
    count(status);
    const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
    return new Response(text || null, { status, headers });
  };

  async function receive(request: Request): Promise<Response> {
    const incoming = await read(request, clock.now());
    if (typeof incoming === "string") return answer(400, incoming);
    const { status, body, headers = {}, stored: records = [] } = rules(incoming);
    count(status);
    for (const record of records) {
      stored.push(record);
      taken.set(record.id, (taken.get(record.id) ?? 0) + 1);
    }
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    if (status >= 400) lastRefusal = text;
    return new Response(status === 204 ? null : (text ?? null), { status, headers });
  }

  const receiver: VendorReceiver = {
    stored,
    taken,
    answers,
    get lastRefusal() {
      return lastRefusal;
    },
    refused,
    faults,
    fetch: (request) =>
      meet(receiver.faults(), { clock, request, receive, answer, lost: () => count(0) }),
  };
  return receiver;
}

/** A request, unpacked; or what is wrong with it. */
export async function read(request: Request, nowMs: number): Promise<Incoming | string> {
  const sent = Buffer.from(await request.arrayBuffer());
  const gzip = request.headers.get("content-encoding") === "gzip";
  let body: Buffer;
  try {
    body = gzip ? gunzipSync(sent) : sent;
  } catch {
    return "the body is not gzip";
  }
  return {
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    text: body.toString(),
    bytes: body.length,
    gzip,
    nowMs,
  };
}

/** So many requests in so many ms: how long the next has to wait, in ms; at 0 it is let in and counted. */
export function turnstile(most: number, perMs: number): (nowMs: number) => number {
  let times: readonly number[] = [];
  return (nowMs) => {
    times = times.filter((ms) => nowMs - ms < perMs);
    const [first] = times;
    if (first !== undefined && times.length >= most) return first + perMs - nowMs;
    times = [...times, nowMs];
    return 0;
  };
}

/** The event's id with which a text for people ends; empty where there is none. */
export function idAtEnd(text: string): string {
  return /(?<![0-9A-Z])[0-9A-Z]{26}(-\d+)?(?=`?$)/.exec(text)?.[0] ?? "";
}

/** The JSON in a text; undefined, which no rule takes, when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The lines of a text, each as JSON; undefined for a line that is none. */
export function parseLines(text: string): unknown[] {
  return text.replace(/\n$/, "").split("\n").map(parseJson);
}

/** The text at a path, e.g. `textAt(record, "metadata", "uid")`; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return "";
    found = (found as Record<string, unknown>)[key];
  }
  return typeof found === "string" ? found : "";
}
