// Splunk's receiver: what it says to requests that Tidemark does not send, and a restart of its indexer.
import { describe, expect, test } from "vitest";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { splunk } from "../../../sandbox/receivers/vendors/splunk.ts";
import { login, startMs, World } from "../../support/world.ts";

const [plain, acknowledged] = splunk.options.map(({ token }) => `Splunk ${token}`);
const channel = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba";
const record = (overrides: Record<string, unknown> = {}) =>
  JSON.stringify({
    time: 1780572007.123,
    event: { a: 1 },
    fields: { event_id: "E1" },
    ...overrides,
  });

function setUp() {
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: async () => {} };
  const receiver = vendorReceiver(splunk, { clock });
  const post = async (
    body: string,
    headers: Record<string, string> = { authorization: plain ?? "" },
    path = "/services/collector/event",
  ) => {
    const url = `https://http-inputs-acme.splunkcloud.com${path}`;
    const response = await receiver.fetch(new Request(url, { method: "POST", body, headers }));
    const text = await response.text();
    return { status: response.status, ...(text.startsWith("{") ? JSON.parse(text) : { text }) };
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { receiver, post, pass };
}

describe("HEC refuses", () => {
  test.each([
    ["a request without a token", record(), {}, 401, 2],
    ["another scheme", record(), { authorization: "Bearer x" }, 401, 3],
    ["a token that it does not know", record(), { authorization: "Splunk x" }, 403, 4],
    ["no events", "", { authorization: plain }, 400, 5],
    ["a record without an event", record({ event: undefined }), { authorization: plain }, 400, 12],
    ["a blank event", record({ event: "" }), { authorization: plain }, 400, 13],
    ["nested fields", record({ fields: { a: { b: "c" } } }), { authorization: plain }, 400, 15],
    [
      "a time in exponent notation",
      '{"time":1.78e9,"event":"x","fields":{}}',
      { authorization: plain },
      400,
      15,
    ],
    ["an index of others", record({ index: "hr" }), { authorization: plain }, 400, 7],
    ["no channel, where it acknowledges", record(), { authorization: acknowledged }, 400, 10],
    [
      "a channel that is no GUID",
      record(),
      { authorization: acknowledged, "x-splunk-request-channel": "1" },
      400,
      11,
    ],
  ])("%s", async (_, body, headers, status, code) => {
    const { post, receiver } = setUp();
    expect(await post(body, headers as Record<string, string>)).toMatchObject({ status, code });
    expect(receiver.stored).toEqual([]);
  });

  test("to acknowledge for a token that has it off", async () => {
    const { post } = setUp();
    const asked = await post(
      '{"acks":[0]}',
      undefined,
      `/services/collector/ack?channel=${channel}`,
    );
    expect(asked).toMatchObject({ status: 400, code: 14 });
  });
});

test("of a request with a bad record, HEC takes what stands before it and names its number", async () => {
  const { post, receiver } = setUp();
  const body = [record(), "{", record({ fields: { event_id: "E3" } })].join("\n");
  expect(await post(body)).toMatchObject({ status: 400, code: 6, "invalid-event-number": 1 });
  expect([...receiver.taken.keys()]).toEqual(["E1"]);
});

test("an acknowledgment comes once the events are indexed, and is given once", async () => {
  const { post, pass, receiver } = setUp();
  const headers = { authorization: acknowledged ?? "", "x-splunk-request-channel": channel };
  const ask = () => post('{"acks":[0]}', headers, `/services/collector/ack?channel=${channel}`);
  expect(await post(record(), headers)).toMatchObject({ code: 0, ackId: 0 });
  expect(await ask()).toMatchObject({ acks: { 0: false } });
  expect(receiver.stored).toEqual([]);
  pass(15_000);
  expect(await ask()).toMatchObject({ acks: { 0: true } });
  expect([...receiver.taken.keys()]).toEqual(["E1"]);
  expect(await ask()).toMatchObject({ acks: { 0: false } });
});

test("what an indexer loses in a restart is sent again: with acknowledgments nothing is missing", async () => {
  let receiver = vendorReceiver(splunk, { clock: { now: () => 0, sleep: async () => {} } });
  const world = new World({
    destinations: { siem: { type: "splunk", ...splunk.options[1] } },
    sites: (clock) => {
      receiver = vendorReceiver(splunk, { clock });
      return Object.fromEntries(splunk.hosts.map((host) => [host, receiver]));
    },
  });
  await world.run();
  for (let i = 0; i < 5; i++) world.log.add(login(startMs + 1000 + i * 10));
  await world.runFor(12_000);
  expect(receiver.answers.get(200)).toBeGreaterThan(0);
  const restart = "https://splunk.harborline.example:8088/services/server/control/restart";
  await receiver.fetch(new Request(restart, { method: "POST" }));
  await world.runFor(120_000);
  expect(receiver.taken.size).toBe(0);
  await world.runFor(600_000);
  expect([...receiver.taken.values()]).toEqual([1, 1, 1, 1, 1]);
});
