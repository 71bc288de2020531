// Grafana Loki's push API, with the limits that it comes with.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
import { Buffer } from "node:buffer";
import * as z from "zod";
import { type Incoming, parseJson, type Reply, type Vendor } from "../vendor.ts";

const cloud = "logs-prod-012.grafana.net";
const own = "loki.acme-logs.com";
const token = "glc_eyJvIjoiMTIzNDU2IiwibiI6InRpZGVtYXJrIn0=";
const basic = `Basic ${Buffer.from(`123456:${token}`).toString("base64")}`;
const tenant = "acme";

const hourNs = 3_600_000_000_000n;
const mostAgeNs = 168n * hourNs;
const mostBehindNs = hourNs;
const mostAheadNs = hourNs / 6n;
const mostLineBytes = 256 * 1024;
const mostLabels = 15;

const texts = z.record(z.string(), z.string());
const entry = z.union([
  z.tuple([z.string(), z.string()]),
  z.tuple([z.string(), z.string(), texts]),
]);
const push = z.object({ streams: z.array(z.object({ stream: texts, values: z.array(entry) })) });

/** What Loki remembers of a stream. */
interface Stream {
  newestNs: bigint;
  readonly entries: Set<string>;
}

export const loki: Vendor = {
  type: "loki",
  hosts: [cloud, own],
  options: [
    { url: `https://${cloud}`, user: "123456", password: token },
    { url: `https://${own}/loki/api/v1/push`, token, tenant },
  ],
  faults: [
    { kind: "answer", status: 429, word: "Ingestion rate limit exceeded", retryAfterS: 1 },
    { kind: "answer", status: 500, word: "rpc error: code = Unavailable" },
    { kind: "answer", status: 503 },
  ],
  deduplicates: true,
  open({ refuses }) {
    const streams = new Map<string, Stream>();

    /** Why an entry is refused, if it is. */
    function fault(ns: bigint, line: string, id: string, nowNs: bigint, stream: Stream) {
      if (ns < nowNs - mostAgeNs) return "has timestamp too old";
      if (ns > nowNs + mostAheadNs) return "has timestamp too new";
      if (ns < stream.newestNs - mostBehindNs) return "entry too far behind";
      if (Buffer.byteLength(line) > mostLineBytes || refuses(id)) return "Max entry size exceeded";
      return undefined;
    }

    return (request) => {
      const refused = refuse(request);
      if (refused) return refused;
      const { data } = push.safeParse(parseJson(request.text));
      if (!data) return { status: 400, body: "loghttp.PushRequest: unexpected content" };
      const nowNs = BigInt(request.nowMs) * 1_000_000n;
      const stored = [];
      const faults: string[] = [];
      for (const { stream: labels, values } of data.streams) {
        const names = Object.keys(labels).toSorted();
        if (names.length === 0 || names.length > mostLabels) {
          faults.push(`stream has ${names.length} labels, limit ${mostLabels}`);
          continue;
        }
        const key = JSON.stringify(names.map((name) => [name, labels[name]]));
        const stream = streams.get(key) ?? { newestNs: 0n, entries: new Set<string>() };
        streams.set(key, stream);
        for (const [time, line, metadata = {}] of values) {
          if (!/^\d{19}$/.test(time)) {
            faults.push(`time ${time} is no number of nanoseconds`);
            continue;
          }
          const ns = BigInt(time);
          const id = metadata.event_id ?? "";
          const why = fault(ns, line, id, nowNs, stream);
          if (why) faults.push(`entry for stream ${key}: ${why}`);
          else if (!stream.entries.has(time + line)) {
            stream.entries.add(time + line);
            stored.push({
              id,
              timeMs: Number(ns / 1_000_000n),
              content: { labels, line, metadata },
            });
          }
          if (!why && ns > stream.newestNs) stream.newestNs = ns;
        }
      }
      // One bad entry: the others are stored all the same.
      const [first] = faults;
      return first ? { status: 400, body: first, stored } : { status: 204, stored };
    };
  },
};

/** What is wrong with a request as a whole. */
function refuse({ method, url, headers }: Incoming): Reply | undefined {
  if (url.pathname !== "/loki/api/v1/push" || method !== "POST") {
    return { status: 404, body: "404 page not found" };
  }
  const isCloud = url.hostname === cloud;
  if (headers.get("authorization") !== (isCloud ? basic : `Bearer ${token}`)) {
    return { status: 401, body: "authentication error: invalid authentication credentials" };
  }
  if (!isCloud && headers.get("x-scope-orgid") !== tenant)
    return { status: 401, body: "no org id" };
  // Everything else is taken for protobuf in snappy.
  if (headers.get("content-type") !== "application/json") {
    return { status: 400, body: "snappy: corrupt input" };
  }
  return undefined;
}
