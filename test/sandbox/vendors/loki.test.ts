// The sandbox's Loki: what it drops as a repeat, and what it refuses for its time.
import { expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { loki } from "../../../sandbox/receivers/vendors/loki.ts";

const nowMs = Date.parse("2026-06-04T11:20:10Z");
const hourMs = 3_600_000;
const [, options] = loki.options;

type Entry = readonly [ageMs: number, id: string];

function open() {
  const receiver = vendorReceiver(loki, { clock: new VirtualClock(nowMs) });
  const push = async (stream: Record<string, string>, ...entries: readonly Entry[]) => {
    const values = entries.map(([ageMs, id]) => [
      `${nowMs - ageMs}000000`,
      `line ${id}`,
      { event_id: id },
    ]);
    const response = await receiver.fetch(
      new Request(String(options?.url), {
        method: "POST",
        headers: {
          authorization: `Bearer ${options?.token}`,
          "x-scope-orgid": String(options?.tenant),
          "content-type": "application/json",
        },
        body: JSON.stringify({ streams: [{ stream, values }] }),
      }),
    );
    return [response.status, await response.text()];
  };
  return { receiver, push };
}

test("equal lines of one time and stream are kept once", async () => {
  const { receiver, push } = open();
  expect(await push({ job: "a" }, [0, "x"], [0, "x"])).toEqual([204, ""]);
  await push({ job: "a" }, [0, "x"], [1, "x"]);
  await push({ job: "b" }, [0, "x"]);
  expect(receiver.taken.get("x")).toBe(3);
});

test.each([
  ["older than a week", 169 * hourMs, "too old"],
  ["of more than ten minutes from now", -11 * 60_000, "too new"],
  ["more than an hour behind the newest of its stream", 1.5 * hourMs, "too far behind"],
])("an entry %s is refused, the others are stored", async (_, ageMs, why) => {
  const { receiver, push } = open();
  expect(await push({ job: "a" }, [0, "new"], [ageMs, "bad"], [hourMs, "next"])).toEqual([
    400,
    expect.stringContaining(why),
  ]);
  expect([...receiver.taken.keys()]).toEqual(["new", "next"]);
});

test("another stream has a newest entry of its own", async () => {
  const { push } = open();
  await push({ job: "a" }, [0, "new"]);
  expect(await push({ job: "b" }, [160 * hourMs, "old"])).toEqual([204, ""]);
});
