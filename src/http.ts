// One bounded HTTP exchange: a deadline, a cap on what is read, no redirects, our own User-Agent.
// Used by the two places that talk to the network: source/client.ts and deliver.ts.
import { gzipSync } from "node:zlib";
import { version } from "./version.ts";

/** What is sent. `body` is sent byte for byte as given. */
export interface OutgoingRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** The body is compressed on its way. */
  readonly gzip?: true;
  /** The Worker's binding to send it through; without: the internet. */
  readonly binding?: string;
}

/** What came back: an answer (any status), or why there is none. */
export type Answer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Headers;
      readonly body: string;
    }
  | {
      readonly kind: "failure";
      readonly reason: "timeout" | "network" | "too_large";
      readonly message: string;
      /** Where only the body failed: what the head had said already. */
      readonly status?: number;
    };

/** Time as a parameter: the simulator has its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: Signal): Promise<void>;
}

/** What of an AbortSignal a sleep needs. */
export type Signal = Pick<AbortSignal, "aborted"> & {
  addEventListener(type: "abort", listener: () => void, options?: { once: true }): void;
};

/** Through the binding of that name, or over the internet. */
export type Fetch = (request: Request, binding?: string) => Promise<Response>;

/** The real one. */
export const internet: Fetch = (request) => fetch(request);

export interface Limits {
  readonly timeoutMs: number;
  /** The most bytes of the answer's body that are read. */
  readonly maxBytes: number;
}

const userAgent = `Tidemark/${version}`;
/** Half the time of the usual 6 (some 6 µs an event instead of 11), for bodies a third larger. */
const gzipLevel = 3;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    }),
};

/** What the work gives, or what `late` gives when it takes longer than `ms`; the work itself goes on. */
export async function within<T, L>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  late: () => L,
): Promise<T | L> {
  const done = new Done();
  try {
    return await Promise.race([work, clock.sleep(ms, done).then(late)]);
  } finally {
    done.abort();
  }
}

/** In the place of an AbortController, which in workerd takes some 50 µs of CPU, a third of a whole request. */
class Done implements Signal {
  aborted = false;
  readonly #listeners: (() => void)[] = [];

  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners.push(listener);
  }

  abort(): void {
    this.aborted = true;
    for (const listener of this.#listeners) listener();
  }
}

/** Sends one request. Whatever goes wrong on the way is a value: it never throws. */
export async function exchange(
  fetch: Fetch,
  clock: Clock,
  outgoing: OutgoingRequest,
  limits: Limits,
): Promise<Answer> {
  const cut = new AbortController();
  const head: Head = {};
  const work = receive(fetch, outgoing, limits, cut.signal, head);
  const answer = await within(clock, limits.timeoutMs, work, () =>
    incomplete(head, "timeout", `no complete answer within ${limits.timeoutMs / 1000} s`),
  );
  if (!head.read) cut.abort();
  return answer;
}

/** What of an answer has come so far. */
interface Head {
  status?: number;
  headers?: Headers;
  /** The body came whole. */
  read?: true;
}

/** Where the status refuses already, the body would but have said why: who refuses in haste often cuts it off. */
function incomplete(
  { status, headers }: Head,
  reason: Extract<Answer, { kind: "failure" }>["reason"],
  message: string,
): Answer {
  if (status !== undefined && headers && status >= 300)
    return { kind: "answer", status, headers, body: message };
  return { kind: "failure", reason, message, ...(status !== undefined && { status }) };
}

async function receive(
  fetch: Fetch,
  { url, body, headers, method, gzip, binding }: OutgoingRequest,
  limits: Limits,
  signal: AbortSignal,
  head: Head,
): Promise<Answer> {
  try {
    const request = new Request(url, {
      method,
      headers: {
        "user-agent": userAgent,
        ...headers,
        ...(gzip && { "content-encoding": "gzip" }),
      },
      redirect: "manual",
      signal,
      ...(body !== undefined && { body: gzip ? gzipSync(body, { level: gzipLevel }) : body }),
    });
    const response = await fetch(request, binding);
    head.status = response.status;
    head.headers = response.headers;
    const read = await readCapped(response, limits.maxBytes);
    if (read === undefined) {
      return incomplete(head, "too_large", `the answer is larger than ${limits.maxBytes} bytes`);
    }
    head.read = true;
    return { kind: "answer", status: response.status, headers: response.headers, body: read };
  } catch (error) {
    // A fetch error may quote the URL, which may be a secret: only its kind is told.
    const name = error instanceof Error ? error.name : typeof error;
    return incomplete(head, "network", `no connection or it broke off (${name})`);
  }
}

async function readCapped(response: Response, maxBytes: number): Promise<string | undefined> {
  if (!response.body) return "";
  // HTTP holds a body to the length that it announces, unless it is to be unpacked: read as a whole it takes less than
  // half the CPU.
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  if (length <= maxBytes && !response.headers.has("content-encoding")) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

const hour = 3_600_000;

/**
 * `Retry-After` in milliseconds, clamped to 1 s … 1 h; undefined when absent or unreadable.
 * Whole seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return boundedWaitMs(ms);
}

/** What a receiver asked for, clamped to 1 s … 1 h; undefined when it is no number. */
export function boundedWaitMs(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1000), hour);
}

/** What the answer said, short enough for a log line or a page. */
export function excerpt(body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
