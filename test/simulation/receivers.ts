// What the destinations lead to: receivers that take, refuse and fail as drawn, and remember all that they took.
import type { VirtualClock } from "../../sandbox/clock.ts";
import { pick, type Random } from "../../sandbox/random.ts";
import { eventIdsIn, slackReceiver } from "../../sandbox/receivers/slack.ts";
import type { Site } from "../../sandbox/site.ts";
import type { DrawnDestination } from "./draw.ts";
import type { Truth, Truths } from "./truth.ts";
import { type Read, VendorDoor } from "./vendors.ts";

/** One event that a receiver took; whether the process ever heard of that is another matter. */
export interface Taken {
  readonly id: string;
  /** Undefined for a message of Tidemark's own making. */
  readonly truth: Truth | undefined;
  readonly atMs: number;
  /** Which of its requests brought it. */
  readonly request: number;
  /** What the event said of rules, as JSON. */
  readonly findings?: string | undefined;
  /** It is a finding itself. */
  readonly finding?: true;
  /** A process heard the answer, and noted it before it died. */
  learned: boolean;
}

/** What Tidemark told of itself. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly summary: string;
}

/** The ids of the events on a page that a message links to, as it was when the message came. */
type ListOf = (id: string) => readonly string[];
type Shown = Pick<Taken, "id" | "truth" | "findings">;
type Refusal = 401 | 403 | 404 | 410;
type Message = { readonly id: string; readonly type: string; readonly data: unknown };

/** A request as it arrived. */
interface Arrived {
  readonly number: number;
  readonly events: readonly Shown[];
  take(): Promise<Answered>;
}

export interface Answered {
  readonly response: Response;
  /** What the answer says to be taken, for good. */
  readonly told: readonly Taken[];
}

const receiverFaults = [
  "unavailable",
  "throttled",
  "throttled_without_hint",
  "throttled_until_date",
  "html",
  "cut_before",
  "cut_after",
  "cut_in_body",
  "hang_after",
] as const;
type Fault =
  | (typeof receiverFaults)[number]
  | /** A proxy hides the status. */ "busy_with_200"
  | /** Splunk takes the request, and then begins anew. */ "restart"
  | /** The token that comes with it is good no longer. */ "token_revoked";

export class Receiver {
  readonly taken: Taken[] = [];
  /** By id: what Tidemark told of itself, in the order in which it was first taken. */
  readonly told = new Map<string, Told>();
  requests = 0;
  /** Findings, each as often as it was taken. */
  readonly findings: Taken[] = [];
  /** Hidden from it, and in its requests all the same. */
  readonly leaks = new Set<string>();
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
  /** Its webhook; a vendor's is in the options of its own. */
  readonly url: string;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #truths: Truths;
  readonly #slack: Site | undefined;
  readonly #vendor: VendorDoor | undefined;
  readonly #faults: readonly Fault[];
  readonly #byTruth = new Map<Truth, Taken[]>();
  readonly #byRequest = new Map<number, Taken[]>();

  /** When messages to a channel arrived. */
  readonly messagesMs: number[] = [];
  readonly #list: ListOf;

  constructor(
    drawn: DrawnDestination,
    clock: VirtualClock,
    random: Random,
    truths: Truths,
    list: ListOf,
  ) {
    this.drawn = drawn;
    this.#list = list;
    this.#clock = clock;
    this.#random = random;
    this.#truths = truths;
    const slack = drawn.type === "slack";
    this.url = slack
      ? `https://hooks.slack.com/services/T00/B00/${drawn.name}`
      : `https://${drawn.name}.example.com/in`;
    this.#slack = slack ? slackReceiver({ clock, hooks: [this.url] }) : undefined;
    const { type } = drawn;
    if (type !== "slack" && type !== "webhook")
      this.#vendor = new VendorDoor({ ...drawn, type }, clock, truths, this.poison);
    this.#faults = faultsOf(drawn);
  }

  /** Whether a request to there is for it. */
  owns(url: string): boolean {
    return this.#vendor ? this.#vendor.urls.some((its) => url.startsWith(its)) : url === this.url;
  }

  async fetch(request: Request): Promise<Answered> {
    this.requests += 1;
    const arrived = await this.#read(request, this.requests);
    const { events } = arrived;
    this.lastJsons = events.flatMap(({ truth }) => truth?.json ?? []);
    if (this.revoked !== null) {
      this.refusedMs = this.#clock.now();
      return refuse(this.revoked, this.#slack ? "no_service" : "gone");
    }
    const { mostInRequest, down, faultRate } = this.drawn;
    if (down && !this.healed) return refuse(503, "down");
    if (mostInRequest !== null && events.length > mostInRequest) return refuse(413, "too large");
    const poisoned = events.some(({ truth }) => truth && this.poison.has(truth));
    if (poisoned && !this.#vendor) return refuse(400, this.#slack ? "invalid_blocks" : "bad event");
    if (this.healed || this.#random() >= faultRate) return arrived.take();
    return this.#fail(arrived);
  }

  async #fail({ take }: Arrived): Promise<Answered> {
    const until = new Date(this.#clock.now() + 12_000).toUTCString();
    switch (pick(this.#random, this.#faults)) {
      case "unavailable":
        return refuse(503, "down");
      case "throttled":
        return refuse(429, "slow", { "retry-after": "9" });
      case "throttled_until_date":
        return refuse(429, "slow", { "retry-after": until });
      case "throttled_without_hint":
        return refuse(429, "slow");
      case "html":
        return refuse(502, "<html>Bad gateway</html>");
      case "cut_before":
        throw new TypeError("the connection was reset");
      case "cut_after":
        await take();
        throw new TypeError("the connection was reset");
      case "cut_in_body":
        return this.#cutShort(await take());
      case "hang_after":
        await take();
        return new Promise(() => undefined);
      case "busy_with_200":
        return refuse(200, '{"text":"Server is busy","code":9}');
      case "restart": {
        const { response } = await take();
        this.#vendor?.restart();
        return { response, told: [] };
      }
      case "token_revoked":
        this.#vendor?.revokeTokens();
        return take();
    }
  }

  /** The status arrives and says it all, unless the receiver says more in the body. */
  #cutShort({ response: { status }, told }: Answered): Answered {
    if (status === 204) return { response: new Response(null, { status }), told };
    const body = new ReadableStream({
      start: (controller) => controller.error(new TypeError("the connection was reset")),
    });
    const byStatus = !["elastic", "splunk"].includes(this.drawn.type);
    return { response: new Response(body, { status }), told: byStatus ? told : [] };
  }

  async #read(request: Request, number: number): Promise<Arrived> {
    if (this.#vendor) {
      const read = await this.#vendor.read(request);
      this.#search(read.incoming.text);
      return this.#readVendor(read, number);
    }
    const text = await request.text();
    this.#search(text);
    const { events, told } = this.#slack
      ? { events: this.#inSlack(text), told: [] }
      : this.#inWebhook(text, request);
    this.last = `gets ${events.length} events`;
    const take = async () => {
      // A test by hand goes out whatever was promised.
      if (this.#slack && !text.includes("tidemark.test")) this.messagesMs.push(this.#clock.now());
      for (const one of told) if (!this.told.has(one.id)) this.told.set(one.id, one);
      const answered = await this.#take(request, events, number);
      const atMs = this.#clock.now();
      const found = told
        .filter(({ type }) => type === "tidemark.finding")
        .map(({ id }): Taken => {
          return { id, truth: undefined, finding: true, request: number, atMs, learned: false };
        });
      this.findings.push(...found);
      return { ...answered, told: [...answered.told, ...found] };
    };
    return { number, events, take };
  }

  /** What is hidden of any event may stand nowhere. */
  #search(text: string): void {
    if (!this.drawn.privacy) return;
    const low = text.toLowerCase();
    for (const hidden of this.#truths.hidden) if (low.includes(hidden)) this.leaks.add(hidden);
  }

  #readVendor(read: Read, number: number): Arrived {
    const vendor = this.#vendor as VendorDoor;
    const events = read.events.filter(({ own }) => !own);
    this.last =
      read.about === "events" ? `gets ${events.length} events` : `is asked for ${read.about}`;
    const take = async () => {
      const { response, taken, safe } = vendor.take(read, number);
      if ([401, 403, 404].includes(response.status)) this.refusedMs = this.#clock.now();
      for (const { event, ...brought } of taken) {
        const { id, truth, own } = event;
        if (!own) this.#note({ id, truth, ...brought });
      }
      return { response, told: [...safe].flatMap((one) => this.#byRequest.get(one) ?? []) };
    };
    return { number, events, take };
  }

  async #take(request: Request, events: readonly Shown[], number: number): Promise<Answered> {
    const response = await (this.#slack?.fetch(request) ?? new Response(null, { status: 204 }));
    if (response.status >= 300) return { response, told: [] };
    const atMs = this.#clock.now();
    return {
      response,
      told: events.map((event) => this.#note({ ...event, request: number, atMs })),
    };
  }

  #note(one: Omit<Taken, "learned">): Taken {
    const taken = { ...one, learned: false };
    this.taken.push(taken);
    append(this.#byRequest, one.request, taken);
    if (one.truth) append(this.#byTruth, one.truth, taken);
    return taken;
  }

  takenOf(truth: Truth): readonly Taken[] {
    return this.#byTruth.get(truth) ?? [];
  }

  idsOf(truth: Truth): Set<string> {
    return new Set(this.takenOf(truth).map(({ id }) => id));
  }

  /** By the bytes of the item, which are passed on as they were. */
  #inWebhook(text: string, request: Request): { events: Shown[]; told: Told[] } {
    const body = JSON.parse(text) as Message;
    if (request.headers.get("webhook-id") !== body.id) throw new Error("another webhook-id");
    const messages = body.type === "tidemark.batch" ? (body.data as Message[]) : [body];
    const [own, others] = [true, false].map((its) =>
      messages.filter(({ type }) => type.startsWith("tidemark.") === its),
    );
    return {
      told: (own ?? []).map(({ id, type, data }) => {
        const { summary } = data as { summary: string };
        return { id, type, summary };
      }),
      events: (others ?? []).map(({ id, data }) => {
        const { raw, findings } = data as { raw: unknown; findings?: unknown };
        // What was rewritten is known by its id alone.
        const truth = this.drawn.privacy
          ? this.#truths.withId(id)
          : this.#truths.of(JSON.stringify(raw));
        return { id, truth, findings: JSON.stringify(findings) };
      }),
    };
  }

  #inSlack(text: string): Shown[] {
    const payload = JSON.parse(text);
    const [, page] = /\/lists\/[^/]+\/([\w-]+)\?signature=[\w-]+\|/.exec(text) ?? [];
    const mentioned = eventIdsIn(payload);
    const listed = page === undefined ? mentioned : this.#list(page);
    const unlisted = mentioned.find((id) => !listed.includes(id));
    if (unlisted) throw new Error(`${unlisted} is in the message, but not on its page`);
    return listed
      .map((id) => ({ id, truth: this.#truths.withId(id) }))
      .filter(({ id, truth }) => truth || !ofItsOwn.test(id));
  }
}

/** The id of an event about Tidemark itself: its second half is hexadecimal, that of others hardly ever. */
const ofItsOwn = /^.{10}[0-9A-F]{16}$/;

function append<Key>(lists: Map<Key, Taken[]>, key: Key, taken: Taken): void {
  const list = lists.get(key);
  if (list) list.push(taken);
  else lists.set(key, [taken]);
}

function refuse(status: number, body: string, headers: Record<string, string> = {}): Answered {
  return { response: new Response(body, { status, headers }), told: [] };
}

function faultsOf({ type, ack }: DrawnDestination): readonly Fault[] {
  if (type === "sentinel") return [...receiverFaults, "token_revoked"];
  if (type !== "splunk") return receiverFaults;
  return [...receiverFaults, "busy_with_200", ...(ack ? (["restart"] as const) : [])];
}
