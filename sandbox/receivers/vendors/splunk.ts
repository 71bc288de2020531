// Splunk's HTTP Event Collector: its codes, and acknowledgments that come some seconds after the events.
// https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
import {
  type Incoming,
  parseJson,
  type Reply,
  type Stored,
  textAt,
  type Vendor,
} from "../vendor.ts";

const plainToken = "b1946ac9-2492-4d23-9e5c-1f2a3b4c5d6e";
const ackToken = "591785b7-94f7-4f6e-8d3a-0a1b2c3d4e5f";
const disabledToken = "c157a790-4e1f-4a6b-9c8d-7e6f5a4b3c2d";
const indexes = [undefined, "main", "security"];
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** From taking events to having them indexed. */
const indexingMs = 15_000;

const words: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, "Success"],
  1: [403, "Token disabled"],
  2: [401, "Token is required"],
  3: [401, "Invalid authorization"],
  4: [403, "Invalid token"],
  5: [400, "No data"],
  6: [400, "Invalid data format"],
  7: [400, "Incorrect index"],
  10: [400, "Data channel is missing"],
  11: [400, "Invalid data channel"],
  12: [400, "Event field is required"],
  13: [400, "Event field cannot be blank"],
  14: [400, "ACK is disabled"],
  15: [400, "Error in handling indexed fields"],
  16: [400, "Query string authorization is not enabled"],
};

/** Events on their way into the index, under their ackId. */
interface Batch {
  readonly channel: string;
  readonly ackId: number;
  readonly indexedMs: number;
  readonly records: readonly Stored[];
}

export const splunk: Vendor = {
  type: "splunk",
  hosts: ["http-inputs-acme.splunkcloud.com", "splunk.harborline.example:8088"],
  options: [
    { url: "https://http-inputs-acme.splunkcloud.com", token: plainToken },
    {
      url: "https://splunk.harborline.example:8088/services/collector/event",
      token: ackToken,
      index: "security",
      ack: true,
    },
  ],
  faults: [
    { kind: "answer", status: 500, word: '{"text":"Internal server error","code":8}' },
    { kind: "answer", status: 503, word: '{"text":"Server is busy","code":9}' },
    // Some proxies hide the status.
    { kind: "answer", status: 200, word: '{"text":"Server is busy","code":9}' },
    { kind: "answer", status: 429, retryAfterS: 2 },
  ],
  open({ refuses }) {
    const nextAckIds = new Map<string, number>();
    let pending: Batch[] = [];
    let acknowledged = new Set<string>();

    /** What the indexer has finished with since the last request. */
    function indexed(nowMs: number): Stored[] {
      const done = pending.filter(({ indexedMs }) => indexedMs <= nowMs);
      pending = pending.filter((batch) => !done.includes(batch));
      for (const { channel, ackId } of done) acknowledged.add(`${channel} ${ackId}`);
      return done.flatMap(({ records }) => records);
    }

    function take({ text, headers, bytes, nowMs }: Incoming, acks: boolean): Reply {
      if (bytes > 1_000_000) return { status: 413, body: "Content-Length too large" };
      const { records, code, at } = parse(text, refuses);
      const failure = code === 0 ? undefined : refusal(code, at);
      if (!acks) return { ...(failure ?? { status: 200, body: say(0) }), stored: records };
      const channel = headers.get("x-splunk-request-channel") ?? "";
      const ackId = nextAckIds.get(channel) ?? 0;
      pending.push({ channel, ackId, indexedMs: nowMs + indexingMs, records });
      nextAckIds.set(channel, ackId + 1);
      return failure ?? { status: 200, body: { ...say(0), ackId } };
    }

    function tell({ url, headers, text }: Incoming): Reply {
      const channel = url.searchParams.get("channel") ?? headers.get("x-splunk-request-channel");
      const { acks } = (parseJson(text) ?? {}) as { acks?: unknown };
      if (!Array.isArray(acks)) return refusal(6);
      // What was told once is forgotten.
      const told = acks.map((id) => [id, acknowledged.delete(`${channel} ${id}`)]);
      return { status: 200, body: { acks: Object.fromEntries(told) } };
    }

    return (request) => {
      const stored = indexed(request.nowMs);
      const { method, url, headers } = request;
      if (url.pathname === "/services/server/control/restart") {
        pending = [];
        acknowledged = new Set();
        return { status: 200, stored };
      }
      const end = /^\/services\/collector(?:\/(event|ack))?$/.exec(url.pathname);
      if (!end || method !== "POST") return { status: 404, body: "Not Found", stored };
      const acks = headers.get("authorization") === `Splunk ${ackToken}`;
      const code = admission(url, headers, acks);
      if (code !== 0) return { ...refusal(code), stored };
      if (end[1] === "ack") return { ...(acks ? tell(request) : refusal(14)), stored };
      const reply = take(request, acks);
      return { ...reply, stored: [...stored, ...(reply.stored ?? [])] };
    };
  },
};

/** The code that a request is refused with before its events are looked at; 0: it is let in. */
function admission(url: URL, headers: Headers, acks: boolean): number {
  const authorization = headers.get("authorization");
  if (url.searchParams.has("token")) return 16;
  if (authorization === null) return 2;
  const [, token] = /^Splunk (\S+)$/.exec(authorization) ?? [];
  if (token === undefined) return 3;
  if (token === disabledToken) return 1;
  if (token !== plainToken && token !== ackToken) return 4;
  const channel = headers.get("x-splunk-request-channel") ?? url.searchParams.get("channel");
  if (acks && channel === null) return 10;
  return channel === null || guid.test(channel) ? 0 : 11;
}

/** The records before the first bad one are taken all the same. */
function parse(
  text: string,
  refuses: (id: string) => boolean,
): { readonly records: readonly Stored[]; readonly code: number; readonly at?: number } {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) return { records: [], code: 5 };
  const records: Stored[] = [];
  for (const [at, line] of lines.entries()) {
    const content = parseJson(line) as Record<string, unknown> | undefined;
    const id = textAt(content, "fields", "event_id");
    const code = refuses(id) ? 6 : codeOf(line, content);
    if (code !== 0) return { records, code, at };
    const seconds = Number(content?.time);
    records.push({ id, timeMs: Number.isNaN(seconds) ? undefined : seconds * 1000, content });
  }
  return { records, code: 0 };
}

function codeOf(line: string, content: Record<string, unknown> | undefined): number {
  if (typeof content !== "object" || content === null) return 6;
  const { event, index, fields = {} } = content;
  if (event === undefined) return 12;
  if (event === null || event === "") return 13;
  if (!indexes.includes(index as string | undefined)) return 7;
  if (/"time"\s*:\s*"?[\d.]+e/i.test(line)) return 15;
  const flat = Object.values(fields as object)
    .flat()
    .every((value) => typeof value === "string");
  return flat ? 0 : 15;
}

function say(code: number) {
  return { text: words[code]?.[1], code };
}

function refusal(code: number, at?: number): Reply {
  // Of a wrong index HEC names the record after it.
  const number = at === undefined ? {} : { "invalid-event-number": code === 7 ? at + 1 : at };
  return { status: words[code]?.[0] ?? 500, body: { ...say(code), ...number } };
}
