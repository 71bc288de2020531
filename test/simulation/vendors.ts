// The vendors' receivers of the sandbox, in a random world: which events a request holds, by their bytes, which of
// them the vendor has then, and which of them its answer says are safe.

import type { VirtualClock } from "../../sandbox/clock.ts";
import {
  type Incoming,
  parseJson,
  parseLines,
  type Reply,
  type Rules,
  read,
  textAt,
  type Vendor,
} from "../../sandbox/receivers/vendor.ts";
import { datadog } from "../../sandbox/receivers/vendors/datadog.ts";
import { elastic } from "../../sandbox/receivers/vendors/elastic.ts";
import { sentinel } from "../../sandbox/receivers/vendors/sentinel.ts";
import { splunk } from "../../sandbox/receivers/vendors/splunk.ts";
import { ocsf } from "../../src/formats/ocsf.ts";
import { isObject } from "../../src/source/record.ts";
import { type DrawnDestination, minute, type VendorType } from "./draw.ts";
import type { Truth, Truths } from "./truth.ts";

/** One document of an event. */
interface Record {
  readonly id: string;
  readonly document: unknown;
}

/** What stands in a vendor's requests, and where they go. */
interface Dialect {
  readonly vendor: Vendor;
  /** Where a destination of that name sends to: the beginnings of its URLs. */
  urls(name: string): readonly string[];
  options(drawn: DrawnDestination): object;
  /** The records of a request that holds some. */
  records(text: string): readonly Record[];
}

const loginUrl = "https://login.microsoftonline.com/";
const tenantOf = (name: string) => `${name}.onmicrosoft.com`;
/** A host of its own for each, though a world may have several of one vendor. */
const datadogSites = { siem: "eu", team: "us3", audit: "us5", extra: "ap1" } as const;
const siteOf = (name: string) => {
  const site = datadogSites[name as keyof typeof datadogSites];
  return site === "eu" ? "datadoghq.eu" : `${site}.datadoghq.com`;
};

const listOf = (text: string) => parseJson(text) as readonly unknown[];
const member = (value: unknown, name: string) => (isObject(value) ? value[name] : undefined);

const dialects: Readonly<{ [Type in VendorType]: Dialect }> = {
  elastic: {
    vendor: elastic,
    urls: (name) => [`https://${name}.es.example.com/`],
    options: ({ name }) => ({ ...elastic.options[0], url: `https://${name}.es.example.com` }),
    records(text) {
      const lines = parseLines(text);
      return lines.flatMap((action, i) =>
        i % 2 === 0 ? [{ id: textAt(action, "create", "_id"), document: lines[i + 1] }] : [],
      );
    },
  },
  splunk: {
    vendor: splunk,
    urls: (name) => [`https://${name}.splunk.example.com/`],
    options: ({ name, ack }) => ({
      ...splunk.options[ack ? 1 : 0],
      url: `https://${name}.splunk.example.com`,
    }),
    records: (text) =>
      parseLines(text).map((line) => ({
        id: textAt(line, "fields", "event_id"),
        document: member(line, "event"),
      })),
  },
  sentinel: {
    vendor: sentinel,
    urls: (name) => [
      `https://${name}.westeurope-1.ingest.monitor.azure.com/`,
      `${loginUrl}${tenantOf(name)}/`,
    ],
    options: ({ name }) => ({
      ...sentinel.options[0],
      url: `https://${name}.westeurope-1.ingest.monitor.azure.com`,
      tenant: tenantOf(name),
    }),
    records: (text) =>
      listOf(text).map((row) => ({
        id: textAt(row, "EventId"),
        document: member(row, "Document"),
      })),
  },
  datadog: {
    vendor: datadog,
    urls: (name) => [`https://http-intake.logs.${siteOf(name)}/`],
    options: ({ name }) => ({ ...datadog.options[0], site: siteOf(name) }),
    records: (text) =>
      listOf(text).map((log) => ({
        id: textAt(log, "event_id"),
        document: member(log, "webflow"),
      })),
  },
};

/** Its own options in the configuration, beside those that every destination has. */
export function vendorOptions(drawn: DrawnDestination): object | undefined {
  const { type, format } = drawn;
  if (type === "webhook" || type === "slack") return undefined;
  return { ...dialects[type].options(drawn), ...(format && { format }) };
}

/** An event in a request, and how many of its documents. */
export interface Sent {
  readonly id: string;
  readonly truth: Truth | undefined;
  readonly documents: readonly string[];
  /** Of Tidemark's own making. */
  readonly own: boolean;
}

export interface Read {
  readonly incoming: Incoming;
  readonly events: readonly Sent[];
  /** What it is about, when it holds no events. */
  readonly about: "events" | "a token" | "an acknowledgment";
}

/** What came of a request. */
export interface Came {
  readonly response: Response;
  /** What the receiver has now of these, in their order; `request` brought them. */
  readonly taken: readonly {
    readonly event: Sent;
    readonly request: number;
    readonly atMs: number;
  }[];
  /** The requests whose events are safe by this answer, as far as they were taken. */
  readonly safe: ReadonlySet<number>;
}

/** What the indexer has not told yet that it has it. */
interface Batch {
  readonly request: number;
  readonly atMs: number;
  readonly events: readonly Sent[];
  readonly records: number;
}

/** The receiver of one destination. */
export class VendorDoor {
  readonly urls: readonly string[];
  readonly #drawn: DrawnDestination;
  readonly #dialect: Dialect;
  readonly #clock: VirtualClock;
  readonly #truths: Truths;
  readonly #poison: ReadonlySet<Truth>;
  #rules: Rules;
  /** Of the request at hand, by the id of the document. */
  #truthOf = new Map<string, Truth>();
  readonly #counts = new Map<Truth, number>();
  /** Tokens that were given out, until when they are good; they were issued at `issuedMs`. */
  readonly #tokens = new Map<string, { readonly issuedMs: number; readonly untilMs: number }>();
  #waiting: Batch[] = [];
  /** By ackId: the request that it stands for. */
  #ackIds = new Map<number, number>();

  constructor(
    drawn: DrawnDestination & { readonly type: VendorType },
    clock: VirtualClock,
    truths: Truths,
    poison: ReadonlySet<Truth>,
  ) {
    this.#drawn = drawn;
    this.#dialect = dialects[drawn.type];
    this.urls = this.#dialect.urls(drawn.name);
    this.#clock = clock;
    this.#truths = truths;
    this.#poison = poison;
    this.#rules = this.#open();
  }

  #open(): Rules {
    const refuses = (id: string) => {
      const truth = this.#truthOf.get(id);
      return truth !== undefined && this.#poison.has(truth);
    };
    return this.#dialect.vendor.open({ clock: this.#clock, refuses });
  }

  async read(request: Request): Promise<Read> {
    const incoming = await read(request, this.#clock.now());
    if (typeof incoming === "string") throw new Error(incoming);
    const { url } = incoming;
    if (request.url.startsWith(loginUrl)) {
      const tenant = String(this.#dialect.vendor.options[0]?.tenant);
      const pathname = url.pathname.replace(tenantOf(this.#drawn.name), tenant);
      url.pathname = pathname;
      return { incoming, events: [], about: "a token" };
    }
    if (url.pathname.endsWith("/ack")) return { incoming, events: [], about: "an acknowledgment" };
    const records = this.#dialect.records(incoming.text).map((record) => this.#look(record));
    this.#truthOf = new Map(records.flatMap(({ id, truth }) => (truth ? [[id, truth]] : [])));
    const events = [...Map.groupBy(records, ({ event }) => event)].map(([id, own]) => ({
      id,
      truth: own[0]?.truth,
      own: own[0]?.own === true,
      documents: own.map((record) => record.id),
    }));
    return { incoming, events, about: "events" };
  }

  /** The item stands in each format as it was received. */
  #look({ id, document }: Record) {
    const { format, type, privacy } = this.#drawn;
    // What was rewritten is known by its id alone.
    const truthOf = (event: string, json: string) =>
      privacy ? this.#truths.withId(event) : this.#truths.of(json);
    if (format === "ocsf") {
      const event = textAt(document, "metadata", "correlation_uid") || id;
      const own = textAt(document, "metadata", "event_code").startsWith("tidemark.");
      return { id, event, own, truth: truthOf(event, textAt(document, "raw_data")) };
    }
    const ecs = type === "elastic";
    const kind = ecs ? textAt(document, "event", "action") : textAt(document, "type");
    const json = ecs
      ? textAt(document, "event", "original")
      : JSON.stringify(member(document, "raw"));
    return { id, event: id, own: kind.startsWith("tidemark."), truth: truthOf(id, json) };
  }

  /** The vendor looks at the request, and answers. */
  take({ incoming, events, about }: Read, request: number): Came {
    const { type, ack } = this.#drawn;
    if (type === "sentinel") return this.#byToken({ incoming, events, about }, request);
    const reply = this.#rules(incoming);
    if (type === "splunk" && ack) return this.#acknowledging(reply, incoming, events, request);
    return this.#came(
      reply,
      events,
      request,
      type === "elastic" ? had(reply, events) : stored(reply),
    );
  }

  /** What is on its way into the index is lost, and all that was to be told of it. */
  restart(): void {
    this.#rules = this.#open();
    this.#waiting = [];
    this.#ackIds.clear();
  }

  /** All tokens that were given out are good no longer. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** `has`: the ids of the documents that it has now. */
  #came(reply: Reply, events: readonly Sent[], request: number, has: ReadonlySet<string>): Came {
    const atMs = this.#clock.now();
    const taken = events
      .filter((event) => this.#isWhole(event, has))
      .map((event) => ({ event, request, atMs }));
    const safe = new Set((reply.status < 300 && [request]) || []);
    return { response: toResponse(reply), taken, safe };
  }

  /** All documents that are made of the event are there. */
  #isWhole({ truth, documents }: Sent, has: ReadonlySet<string>): boolean {
    return new Set(documents).size >= this.#count(truth) && documents.every((id) => has.has(id));
  }

  #count(truth: Truth | undefined): number {
    if (!truth || this.#drawn.format !== "ocsf") return 1;
    const known = this.#counts.get(truth) ?? ocsf.toDocuments(truth.event).length;
    this.#counts.set(truth, known);
    return known;
  }

  /** The length of a token's life is the world's. */
  #byToken({ incoming, events, about }: Read, request: number): Came {
    const { nowMs, headers } = incoming;
    if (about === "a token") {
      const reply = this.#rules(incoming);
      const lifeMs = (this.#drawn.tokenMinutes ?? 60) * minute;
      const token = textAt(reply.body, "access_token");
      this.#tokens.set(token, { issuedMs: nowMs, untilMs: nowMs + lifeMs });
      const body = { ...(reply.body as object), expires_in: lifeMs / 1000 - 1 };
      return this.#came({ ...reply, body }, [], request, new Set());
    }
    const token = (headers.get("authorization") ?? "").slice("Bearer ".length);
    const { issuedMs, untilMs } = this.#tokens.get(token) ?? { issuedMs: 0, untilMs: 0 };
    // Its own rules take every token for an hour.
    const reply = this.#rules({
      ...incoming,
      nowMs: untilMs > nowMs ? issuedMs : Number.MAX_VALUE,
    });
    return this.#came(reply, events, request, stored(reply));
  }

  /** Taken counts what is indexed; safe is what it then says so of, once. */
  #acknowledging(
    reply: Reply,
    { text, nowMs }: Incoming,
    events: readonly Sent[],
    request: number,
  ): Came {
    const taken: { event: Sent; request: number; atMs: number }[] = [];
    for (let left = reply.stored?.length ?? 0; left > 0; ) {
      const batch = this.#waiting.shift();
      if (!batch || batch.records > left) throw new Error("the indexer has what was not sent");
      left -= batch.records;
      const { events: whole, ...brought } = batch;
      taken.push(...whole.map((event) => ({ event, ...brought })));
    }
    const { body } = reply;
    const acks = member(body, "acks");
    if (isObject(acks)) {
      const told = Object.keys(acks).filter((id) => acks[id] === true);
      const safe = new Set(told.flatMap((id) => this.#ackIds.get(Number(id)) ?? []));
      return { response: toResponse(reply), taken, safe };
    }
    if (events.length > 0) {
      // What stands before the first that it refuses is indexed all the same.
      const bad = events.findIndex(({ truth }) => truth && this.#poison.has(truth));
      const all = bad < 0 ? events : events.slice(0, bad);
      const records = all.reduce((sum, { documents }) => sum + documents.length, 0);
      const whole = all.filter((event) => this.#isWhole(event, new Set(event.documents)));
      if (records > 0) this.#waiting.push({ request, atMs: nowMs, events: whole, records });
      const ackId = member(body, "ackId");
      if (typeof ackId === "number") this.#ackIds.set(ackId, request);
    } else if (text === "") throw new Error("a request without events");
    return { response: toResponse(reply), taken, safe: new Set() };
  }
}

function stored({ stored: records = [] }: Reply): ReadonlySet<string> {
  return new Set(records.map(({ id }) => id));
}

/** Elasticsearch keeps one document an id: that it has it already (409) is as good as taking it. */
function had({ body }: Reply, events: readonly Sent[]): ReadonlySet<string> {
  const items = member(body, "items");
  if (!Array.isArray(items)) return new Set();
  const ids = events.flatMap(({ documents }) => documents);
  const has = (i: number) => [201, 409].includes(items[i]?.create.status);
  return new Set(ids.filter((_, i) => has(i)));
}

function toResponse({ status, body, headers = {} }: Reply): Response {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return new Response(status === 204 ? null : (text ?? null), { status, headers });
}
