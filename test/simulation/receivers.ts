// What the destinations lead to: receivers that take, refuse and fail as drawn, and remember all that they took.
import type { VirtualClock } from "../../sandbox/clock.ts";
import { pick, type Random } from "../../sandbox/random.ts";
import { eventIdsIn, slackReceiver } from "../../sandbox/receivers/slack.ts";
import type { Site } from "../../sandbox/site.ts";
import type { DrawnDestination } from "./draw.ts";
import type { Truth, Truths } from "./truth.ts";

/** One event that a receiver took; whether the process ever heard of that is another matter. */
export interface Taken {
  readonly id: string;
  /** Undefined for a message of Tidemark's own making. */
  readonly truth: Truth | undefined;
  readonly atMs: number;
  /** Which of its requests brought it. */
  readonly request: number;
  /** A process heard the answer, and noted it before it died. */
  learned: boolean;
}

type Shown = Pick<Taken, "id" | "truth">;
type Sent = Shown & Pick<Taken, "request">;
type Refusal = 401 | 403 | 404 | 410;
type Message = { readonly id: string; readonly type: string; readonly data: unknown };

const receiverFaults = [
  "unavailable",
  "throttled",
  "throttled_without_hint",
  "throttled_until_date",
  "html",
  "cut_before",
  "cut_after",
  "hang_after",
] as const;

export class Receiver implements Site {
  readonly taken: Taken[] = [];
  requests = 0;
  /** Those of them that arrived when their sender was dead. */
  readonly orphans = new Set<number>();
  /** It answers this to everything, as long as it is set. */
  revoked: Refusal | null = null;
  healed = false;
  /** When it last said that it takes nothing from us. */
  refusedMs: number | null = null;
  readonly poison = new Set<Truth>();
  /** Of the last request, for the notes. */
  last = "";
  lastJsons: readonly string[] = [];
  readonly drawn: DrawnDestination;
  readonly url: string;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #truths: Truths;
  readonly #slack: Site | undefined;
  readonly #byTruth = new Map<Truth, Taken[]>();

  constructor(drawn: DrawnDestination, clock: VirtualClock, random: Random, truths: Truths) {
    this.drawn = drawn;
    this.#clock = clock;
    this.#random = random;
    this.#truths = truths;
    const slack = drawn.type === "slack";
    this.url = slack
      ? `https://hooks.slack.com/services/T00/B00/${drawn.name}`
      : `https://${drawn.name}.example.com/in`;
    this.#slack = slack ? slackReceiver({ clock, hooks: [this.url] }) : undefined;
  }

  async fetch(request: Request): Promise<Response> {
    this.requests += 1;
    const number = this.requests;
    const text = await request.text();
    const shown = this.#slack ? this.#inSlack(text) : this.#inWebhook(text, request);
    const events = shown.map((event) => ({ ...event, request: number }));
    this.last = `gets ${events.length} events`;
    this.lastJsons = events.flatMap(({ truth }) => truth?.json ?? []);
    if (this.revoked !== null) {
      this.refusedMs = this.#clock.now();
      return new Response(this.#slack ? "no_service" : "gone", { status: this.revoked });
    }
    const { mostInRequest, down, faultRate } = this.drawn;
    if (down && !this.healed) return new Response("down", { status: 503 });
    if (mostInRequest !== null && events.length > mostInRequest)
      return new Response("too large", { status: 413 });
    if (events.some(({ truth }) => truth && this.poison.has(truth)))
      return new Response(this.#slack ? "invalid_blocks" : "bad event", { status: 400 });
    if (this.healed || this.#random() >= faultRate) return this.#take(request, events);
    return this.#fail(request, events);
  }

  async #fail(request: Request, events: readonly Sent[]): Promise<Response> {
    const until = new Date(this.#clock.now() + 12_000).toUTCString();
    switch (pick(this.#random, receiverFaults)) {
      case "unavailable":
        return new Response("down", { status: 503 });
      case "throttled":
        return new Response("slow", { status: 429, headers: { "retry-after": "9" } });
      case "throttled_until_date":
        return new Response("slow", { status: 429, headers: { "retry-after": until } });
      case "throttled_without_hint":
        return new Response("slow", { status: 429 });
      case "html":
        return new Response("<html>Bad gateway</html>", { status: 502 });
      case "cut_before":
        throw new TypeError("the connection was reset");
      case "cut_after":
        await this.#take(request, events);
        throw new TypeError("the connection was reset");
      case "hang_after":
        await this.#take(request, events);
        return new Promise(() => undefined);
    }
  }

  async #take(request: Request, events: readonly Sent[]): Promise<Response> {
    const answer = await (this.#slack?.fetch(request) ?? new Response(null, { status: 204 }));
    if (answer.status < 300) for (const event of events) this.#note(event);
    return answer;
  }

  #note({ id, truth, request }: Sent): void {
    const atMs = this.#clock.now();
    const taken = { id, truth, atMs, request, learned: false };
    this.taken.push(taken);
    if (!truth) return;
    const before = this.#byTruth.get(truth);
    if (before) before.push(taken);
    else this.#byTruth.set(truth, [taken]);
  }

  takenOf(truth: Truth): readonly Taken[] {
    return this.#byTruth.get(truth) ?? [];
  }

  idsOf(truth: Truth): Set<string> {
    return new Set(this.takenOf(truth).map(({ id }) => id));
  }

  /** By the bytes of the item, which are passed on as they were. */
  #inWebhook(text: string, request: Request): Shown[] {
    const body = JSON.parse(text) as Message;
    if (request.headers.get("webhook-id") !== body.id) throw new Error("another webhook-id");
    const messages = body.type === "tidemark.batch" ? (body.data as Message[]) : [body];
    return messages
      .filter(({ type }) => !type.startsWith("tidemark."))
      .map(({ id, data }) => {
        const { raw } = data as { raw: unknown };
        return { id, truth: this.#truths.of(JSON.stringify(raw)) };
      });
  }

  #inSlack(text: string): Shown[] {
    return eventIdsIn(JSON.parse(text))
      .map((id) => ({ id, truth: this.#truths.withId(id) }))
      .filter(({ id, truth }) => truth || !ofItsOwn.test(id));
  }
}

/** The id of an event about Tidemark itself: its second half is hexadecimal, that of others hardly ever. */
const ofItsOwn = /^.{10}[0-9A-F]{16}$/;
