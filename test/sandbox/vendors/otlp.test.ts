// The sandbox's OTLP receiver: what it drops of a request, it counts.
import { expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { otlp } from "../../../sandbox/receivers/vendors/otlp.ts";

const [, options] = otlp.options;

async function send(...records: readonly object[]) {
  const receiver = vendorReceiver(otlp, { clock: new VirtualClock(0) });
  const scopeLogs = [{ scope: { name: "test" }, logRecords: records }];
  const response = await receiver.fetch(
    new Request(String(options?.url), {
      method: "POST",
      headers: {
        authorization: "Bearer NRAK-0123456789ABCDEF0123456789",
        "content-type": "application/json",
      },
      body: JSON.stringify({ resourceLogs: [{ resource: { attributes: [] }, scopeLogs }] }),
    }),
  );
  return {
    status: response.status,
    body: await response.json(),
    taken: [...receiver.taken.keys()],
  };
}

const record = (id: string, body = "") => ({
  timeUnixNano: "1780572007123000000",
  severityNumber: 9,
  severityText: "info",
  body: { stringValue: body },
  attributes: [{ key: "event.id", value: { stringValue: id } }],
});

test("a record that is too large is dropped and counted, the others are stored", async () => {
  expect(await send(record("a"), record("b", "x".repeat(300_000)))).toEqual({
    status: 200,
    body: { partialSuccess: { rejectedLogRecords: "1", errorMessage: "log record too large" } },
    taken: ["a"],
  });
});

test.each([
  ["whose time is a number", { timeUnixNano: 1_780_572_007_123 }],
  ["whose severity is a word", { severityNumber: "INFO" }],
  ["whose body is a bare text", { body: "x" }],
  ["with a field that there is not", { level: "info" }],
])("a record %s is refused", async (_, change) => {
  expect(await send({ ...record("a"), ...change })).toMatchObject({ status: 400, taken: [] });
});
