// The sandbox's Elasticsearch: it stores a document once, and refuses documents, not requests.
import { expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { elastic } from "../../../sandbox/receivers/vendors/elastic.ts";

const [options] = elastic.options;
const query = "filter_path=errors,items.*.status&require_data_stream=true";

function open() {
  const receiver = vendorReceiver(elastic, { clock: new VirtualClock(0) });
  const send = async (...ids: readonly string[]) => {
    const lines = ids.flatMap((_id) => [
      { create: { _id } },
      { "@timestamp": "2026-06-04T11:20:07.123Z" },
    ]);
    const response = await receiver.fetch(
      new Request(`${options?.url}/logs-webflow.audit-default/_bulk?${query}`, {
        method: "POST",
        headers: {
          authorization: `ApiKey ${options?.apiKey}`,
          "content-type": "application/x-ndjson",
        },
        body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      }),
    );
    const { items } = (await response.json()) as { items: { create: { status: number } }[] };
    return items.map(({ create }) => create.status);
  };
  return { receiver, send };
}

test("a document that is there already is a conflict, and is not stored again", async () => {
  const { receiver, send } = open();
  expect(await send("a", "b")).toEqual([201, 201]);
  expect(await send("b", "c")).toEqual([409, 201]);
  expect([...receiver.taken]).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
});

test("a document that does not fit the mapping is refused, the others are stored", async () => {
  const { receiver, send } = open();
  receiver.refused.add("b");
  expect(await send("a", "b", "c")).toEqual([201, 400, 201]);
});

test("of each fifth request the second half finds the queue full", async () => {
  const { send } = open();
  for (let i = 0; i < 4; i++) await send(`x${i}`);
  expect(await send("a", "b", "c", "d")).toEqual([201, 201, 429, 429]);
  expect(await send("c", "d")).toEqual([201, 201]);
});
