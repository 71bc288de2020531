// A receiver of OTLP/HTTP, which tells more than it must: where the protocol bids to ignore a field, it refuses.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
import * as z from "zod";
import { parseJson, type Reply, type Vendor } from "../vendor.ts";

const host = "otlp.acme-observe.com";
const key = "NRAK-0123456789ABCDEF0123456789";
/** A record larger than this is dropped, and the rest is taken. */
const mostRecordBytes = 256 * 1024;

const int64 = z.string().regex(/^-?\d{1,19}$/);
const anyValue: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: int64 }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(anyValue) }) }),
    z.strictObject({ kvlistValue: z.strictObject({ values: z.array(keyValue) }) }),
    z.strictObject({}),
  ]),
);
const keyValue = z.strictObject({ key: z.string(), value: anyValue });
const logRecord = z.strictObject({
  timeUnixNano: z.string().regex(/^\d{19}$/),
  observedTimeUnixNano: z
    .string()
    .regex(/^\d{19}$/)
    .optional(),
  severityNumber: z.int().min(1).max(24),
  severityText: z.string(),
  eventName: z.string().optional(),
  body: anyValue,
  attributes: z.array(keyValue),
});
const request = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(keyValue) }),
      scopeLogs: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string().optional() }),
          logRecords: z.array(logRecord),
        }),
      ),
    }),
  ),
});

export const otlp: Vendor = {
  type: "otlp",
  hosts: [host],
  options: [
    { url: `https://${host}`, headers: { "Api-Key": key } },
    { url: `https://${host}/v1/logs`, headers: { authorization: `Bearer ${key}` } },
  ],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 502 },
    { kind: "answer", status: 503, retryAfterS: 1 },
    { kind: "answer", status: 504 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes }) => {
      if (url.pathname !== "/v1/logs" || method !== "POST") return status(404, "no such service");
      const known = headers.get("api-key") ?? headers.get("authorization")?.slice("Bearer ".length);
      if (known !== key) return status(401, "unknown key");
      if (headers.get("content-type") !== "application/json")
        return status(415, "unsupported content type");
      if (bytes > 20 * 1024 * 1024) return status(413, "request body too large");
      const { data } = request.safeParse(parseJson(text));
      if (!data) return status(400, "cannot decode the request");
      const records = data.resourceLogs.flatMap(({ scopeLogs }) =>
        scopeLogs.flatMap(({ logRecords }) => logRecords),
      );
      if (records.some((record) => idOf(record) === "" || refuses(idOf(record))))
        return status(400, "a log record is invalid");
      const taken = records.filter((one) => JSON.stringify(one).length <= mostRecordBytes);
      const dropped = records.length - taken.length;
      return {
        status: 200,
        body:
          dropped === 0
            ? {}
            : {
                partialSuccess: {
                  rejectedLogRecords: String(dropped),
                  errorMessage: "log record too large",
                },
              },
        stored: taken.map((record) => ({
          id: idOf(record),
          timeMs: Number(BigInt(record.timeUnixNano) / 1_000_000n),
          content: record,
        })),
      };
    },
};

function idOf({ attributes }: z.output<typeof logRecord>): string {
  const value: unknown = attributes.find((one) => one.key === "event.id")?.value;
  return z.object({ stringValue: z.string() }).safeParse(value).data?.stringValue ?? "";
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto */
function status(code: number, message: string): Reply {
  return { status: code, body: { message } };
}
