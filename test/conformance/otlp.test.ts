// OTLP logs by OpenTelemetry's own messages.
import { describe, expect, test } from "vitest";
import { formats } from "../../src/formats/registry.ts";
import { everyItem, generated } from "./items.ts";
import { otlpFaults } from "./otlp-rules.ts";
import { sender, textOf } from "./requests.ts";

describe.each(formats)("log records in the format $name", ({ name }) => {
  const otlp = sender("otlp", { url: "https://otlp.example.com" }, name);

  everyItem("are what the protocol's own messages hold", (sample) =>
    otlpFaults(JSON.parse(textOf(otlp.send(sample)))),
  );

  test("are that in batches as well", () => {
    const batches = otlp.sendAll(generated);
    expect(batches.flatMap((request) => otlpFaults(JSON.parse(textOf(request))))).toEqual([]);
  });
});

const text = (value: string) => ({ stringValue: value });
const record = {
  timeUnixNano: "1780572007123000000",
  observedTimeUnixNano: "1780572010000000000",
  severityNumber: 9,
  severityText: "info",
  eventName: "user_access.login",
  body: {
    kvlistValue: {
      values: [
        { key: "late", value: { boolValue: true } },
        { key: "count", value: { intValue: "9007199254740993" } },
        { key: "share", value: { doubleValue: 0.5 } },
        { key: "names", value: { arrayValue: { values: [text("a"), text("")] } } },
      ],
    },
  },
  attributes: [{ key: "event.id", value: text("01J00000000000000000000001") }],
};
const body = (change: object = {}, rest: object = {}) => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: "service.name", value: text("tidemark") }] },
      scopeLogs: [{ scope: { name: "tidemark" }, logRecords: [{ ...record, ...change }] }],
      ...rest,
    },
  ],
});

describe("the check of OTLP", () => {
  test("finds nothing wrong with a good body", () => {
    expect(otlpFaults(body())).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["a name is written with underscores", body({ time_unix_nano: "1780572007123000000" })],
    ["a field is none of the protocol", body({ level: "info" })],
    ["a time is a number", body({ timeUnixNano: 1_780_572_007_123 })],
    ["a time is no number", body({ timeUnixNano: "2026-06-04T11:20:07.123Z" })],
    ["a severity is a word", body({ severityNumber: "SEVERITY_NUMBER_INFO" })],
    ["a body is a bare text", body({ body: "Someone logged in." })],
    ["a text is a number", body({ severityText: 9 })],
    ["an integer is a number", body({ body: { intValue: 5 } })],
    ["a value has no kind", body({ body: { value: "x" } })],
    ["attributes are an object", body({ attributes: { "event.id": "1" } })],
    ["a trace is no bytes", body({ traceId: 5 })],
    ["records stand in the wrong place", body({}, { logRecords: [record] })],
    ["it is a list", [body()]],
  ])("finds that %s", (_, wrong) => {
    expect(otlpFaults(wrong)).not.toEqual([]);
  });
});
