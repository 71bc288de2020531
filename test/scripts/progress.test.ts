import { describe, expect, it } from "vitest";
import { Progress, toSpan } from "../../scripts/progress.ts";

function watch(isTTY: boolean) {
  let nowMs = 1000;
  let text = "";
  const stream = {
    isTTY,
    columns: 80,
    write: (chunk: string | Uint8Array) => {
      text += chunk;
      return true;
    },
  };
  const progress = new Progress("sending", { stream, now: () => nowMs });
  return {
    progress,
    at: (ms: number, done: number, total?: number) => {
      nowMs = 1000 + ms;
      progress.at({ done, total, unit: "events" });
    },
    get text() {
      return text;
    },
  };
}

describe("progress in a pipe", () => {
  it("is a line every five seconds at most, with rate and rest", () => {
    const seen = watch(false);
    for (let ms = 0; ms <= 12_000; ms += 100) seen.at(ms, ms / 10, 6000);
    seen.progress.end();
    expect(seen.text).toBe(
      "sending: 500 of 6,000 events (8%), 100 a second, 55 s left\n" +
        "sending: 1,000 of 6,000 events (16%), 100 a second, 50 s left\n",
    );
  });

  it("says nothing of what is over soon, or of what only waits", () => {
    const seen = watch(false);
    seen.at(100, 1, 2);
    seen.progress.waiting();
    seen.progress.end();
    expect(seen.text).toBe("");
  });

  it("does without a total, and without a pace that is none", () => {
    const seen = watch(false);
    seen.at(6000, 0);
    seen.at(12_000, 12);
    expect(seen.text).toBe("sending: 0 events\nsending: 12 events, 1 a second\n");
  });

  it("takes its pace from what was done since it looked first", () => {
    const seen = watch(false);
    seen.at(0, 900, 1000);
    seen.at(10_000, 910, 1000);
    expect(seen.text).toBe("sending: 910 of 1,000 events (91%), 1 a second, 2 min left\n");
  });
});

describe("progress on a terminal", () => {
  it("rewrites one line, and takes it away at the end", () => {
    const seen = watch(true);
    seen.at(0, 1, 2);
    seen.at(10, 1, 2);
    seen.at(500, 2, 2);
    seen.progress.end();
    expect(seen.text.split("\r\u001b[2Ksending")).toHaveLength(3);
    expect(seen.text).not.toContain("\n");
    expect(seen.text.endsWith("\r\u001b[2K")).toBe(true);
  });
});

it("a span is told in the unit that fits", () => {
  expect([12, 100, 7200 + 300, 4 * 86_400].map(toSpan)).toEqual([
    "12 s",
    "2 min",
    "2 h 5 min",
    "4 days",
  ]);
});
