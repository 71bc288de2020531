// The source, the receivers and KV, in a process of their own, so that what they cost is nobody's. They do as little as
// possible: pages are slices of one buffer, and of what arrives only the marks are looked for.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Events, marksIn } from "./events.ts";
import { type Command, type Counts, type Rules, signingSecret, type Told } from "./messages.ts";

const key = Buffer.from(signingSecret.slice("whsec_".length), "base64");
const keepAliveMs = 120_000;

let events = new Events();
let rules: Rules = {};
let taken: Uint8Array[] = [];
let counts = fresh();
let window = { startMs: 0, used: 0 };
let outageEndMs: number | undefined;
let watched = Number.POSITIVE_INFINITY;
let hold: (() => void) | "next" | undefined;
const kv = new Map<string, Buffer>();

function fresh() {
  const numbers = { source: 0, throttled: 0, requests: 0, refused: 0, connections: 0 };
  const more = { kvReads: 0, kvWrites: 0, taken: 0, repeated: 0, signed: 0, forged: 0 };
  return { ...numbers, ...more, lagsMs: [] as number[] } satisfies Counts;
}

function tell(told: Told): void {
  process.send?.(told);
}

/** A page of the log in ascending order; both ends of the filter are included. */
function page(url: URL, nowMs: number): Buffer {
  const { searchParams: query } = url;
  const limit = Number(query.get("limit") ?? 10);
  const offset = Number(query.get("offset") ?? 0);
  const to = query.get("to");
  const visible = events.firstFrom(Math.min(nowMs, to ? Date.parse(to) : nowMs) + 1);
  const from = query.get("from");
  const first = from ? Math.min(visible, events.firstFrom(Date.parse(from))) : 0;
  const begin = Math.min(visible, first + offset);
  const items = events.bytes(begin, Math.min(visible, begin + limit));
  const pagination = JSON.stringify({ limit, offset, total: visible - first });
  return Buffer.concat([
    Buffer.from('{"items":['),
    items,
    Buffer.from(`],"pagination":${pagination}}`),
  ]);
}

/** Seconds to wait where the window's requests are used up. */
function throttle(nowMs: number): number | undefined {
  const { limit } = rules;
  if (!limit) return undefined;
  if (nowMs >= window.startMs + limit.windowMs) window = { startMs: nowMs, used: 0 };
  window.used += 1;
  if (window.used <= limit.requests) return undefined;
  return Math.max(1, Math.ceil((window.startMs + limit.windowMs - nowMs) / 1000));
}

async function source(url: URL, response: ServerResponse): Promise<void> {
  counts.source += 1;
  if (hold === "next") {
    await new Promise<void>((go) => {
      hold = go;
      tell({ tell: "held" });
    });
    hold = undefined;
  }
  const nowMs = Date.now();
  const waitSeconds = throttle(nowMs);
  const rate = rules.limit && {
    "x-ratelimit-limit": rules.limit.requests,
    "x-ratelimit-remaining": Math.max(0, rules.limit.requests - window.used),
  };
  if (waitSeconds !== undefined) {
    counts.throttled += 1;
    response.writeHead(429, {
      ...rate,
      "retry-after": String(waitSeconds),
      "content-type": "application/json",
    });
    response.end('{"code":"too_many_requests","message":"Too many requests"}');
    return;
  }
  const body = page(url, nowMs);
  const length = body.length;
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": length,
    ...rate,
  });
  response.end(body);
}

function failing(nowMs: number): boolean {
  const { outage } = rules;
  if (!outage) return false;
  if (outageEndMs === undefined && counts.taken >= outage.afterEvents)
    outageEndMs = nowMs + outage.ms;
  return outageEndMs !== undefined && nowMs < outageEndMs;
}

function receive(
  destination: number,
  request: IncomingMessage,
  sent: Buffer,
  response: ServerResponse,
) {
  counts.requests += 1;
  const nowMs = Date.now();
  if (failing(nowMs)) {
    counts.refused += 1;
    response.writeHead(500, { "content-length": 0 }).end();
    return;
  }
  if (counts.requests % 50 === 1) verify(request, sent);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  const text = body.toString("latin1");
  note(destination, marksIn(text), nowMs);
  const answer = answerTo(request.url ?? "", text);
  response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
  response.end(answer);
}

function answerTo(path: string, text: string): string {
  if (path.includes("/services/collector")) return '{"text":"Success","code":0}';
  if (!path.includes("/_bulk")) return "ok";
  const documents = text.split("\n").filter((line) => line.startsWith('{"create"')).length;
  const items = Array(documents).fill('{"create":{"status":201}}').join();
  return `{"errors":false,"items":[${items}]}`;
}

function note(destination: number, marks: ReadonlySet<number>, nowMs: number): void {
  const had = taken[destination];
  if (!had) return;
  for (const index of marks) {
    if (had[index] === 0) {
      had[index] = 1;
      counts.taken += 1;
      if (destination === 0) counts.lagsMs.push(nowMs - (events.times[index] ?? nowMs));
    } else counts.repeated += 1;
  }
  if (counts.taken >= watched) {
    watched = Number.POSITIVE_INFINITY;
    tell({ tell: "reached" });
  }
}

function verify({ headers }: IncomingMessage, body: Buffer): void {
  const signature = headers["webhook-signature"];
  if (typeof signature !== "string") return;
  counts.signed += 1;
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`;
  const right = createHmac("sha256", key).update(signed).update(body).digest("base64");
  if (!signature.split(" ").includes(`v1,${right}`)) counts.forged += 1;
}

/** `d3.example.com`, or `/to/d3` for those that send to loopback themselves. */
function destinationOf({ headers, url = "" }: IncomingMessage): number {
  const name = /^d(\d+)\./.exec(headers.host ?? "") ?? /^\/to\/d(\d+)$/.exec(url);
  return Number(name?.[1] ?? 0) - 1;
}

function whole(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => then(Buffer.concat(chunks)));
}

const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
  const url = new URL(request.url ?? "/", "http://world");
  if (url.pathname.includes("/audit_logs")) {
    request.resume();
    void source(url, response);
  } else whole(request, (body) => receive(destinationOf(request), request, body, response));
});
server.on("connection", () => {
  counts.connections += 1;
});

// As workerd asks its KV: GET and PUT of /<key>.
const store = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://world");
  whole(request, (body) => {
    if (request.method === "PUT") {
      counts.kvWrites += 1;
      kv.set(pathname, body);
      response.end();
      return;
    }
    counts.kvReads += 1;
    const value = kv.get(pathname);
    response.statusCode = value ? 200 : 404;
    response.end(value);
  });
});

function obey(command: Command): void {
  switch (command.do) {
    case "reset":
      events = new Events();
      ({ rules } = command);
      taken = Array.from({ length: command.destinations }, () => new Uint8Array(0));
      counts = fresh();
      window = { startMs: 0, used: 0 };
      outageEndMs = undefined;
      watched = Number.POSITIVE_INFINITY;
      hold = undefined;
      kv.clear();
      break;
    case "load":
      events.add(command.load);
      taken = taken.map((had) => {
        const longer = new Uint8Array(events.times.length);
        longer.set(had);
        return longer;
      });
      break;
    case "hold":
      hold = "next";
      break;
    case "go":
      if (typeof hold === "function") hold();
      break;
    case "watch":
      watched = command.events;
      if (counts.taken >= watched) note(0, new Set(), Date.now());
      break;
    case "counts":
      tell({ tell: "counts", counts });
  }
  tell({ tell: "done", of: command.do });
}

process.on("message", (command) => obey(command as Command));
process.on("disconnect", () => process.exit(0));
const portOf = (listening: typeof server) => (listening.address() as AddressInfo).port;
server.listen(0, "127.0.0.1", () =>
  store.listen(0, "127.0.0.1", () =>
    tell({ tell: "listening", port: portOf(server), kvPort: portOf(store) }),
  ),
);
