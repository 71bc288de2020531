import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../sandbox/random.ts";
import { type Fault, scripted, sometimes } from "../../sandbox/receivers/faults.ts";
import { eventIdsIn, sandboxHook, slackReceiver } from "../../sandbox/receivers/slack.ts";
import type { Clock } from "../../src/http.ts";

function setUp(faults: readonly Fault[] = []) {
  let nowMs = 1_780_572_000_000;
  const clock: Clock & { pass(ms: number): void } = {
    now: () => nowMs,
    sleep: async (ms, signal) => {
      if (!signal?.aborted) nowMs += ms;
    },
    pass: (ms) => {
      nowMs += ms;
    },
  };
  const receiver = slackReceiver({ clock, faults: scripted(faults) });
  /** Posts as a patient client would, a second after the last. */
  const post = async (payload: unknown, init: RequestInit = {}, url = sandboxHook) => {
    clock.pass(1000);
    const request = new Request(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: typeof payload === "string" ? payload : JSON.stringify(payload),
      ...init,
    });
    const response = await receiver.fetch(request);
    return `${response.status} ${await response.text()}`;
  };
  return { clock, receiver, post };
}

const section = (text: unknown) => ({ type: "section", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text, verbatim: true });
const plainText = (text: string) => ({ type: "plain_text", text });
const repeat = <T>(n: number, value: T) => Array.from({ length: n }, () => value);

describe("the Slack receiver", () => {
  test("takes a message with ok, stores it with its time and tells its listeners", async () => {
    const { clock, receiver, post } = setUp();
    const heard: unknown[] = [];
    const stop = receiver.onMessage(({ payload }) => heard.push(payload.text));
    expect(await post({ text: "one" })).toBe("200 ok");
    stop();
    expect(await post({ text: "two" })).toBe("200 ok");
    expect(heard).toEqual(["one"]);
    expect(receiver.messages).toEqual([
      { receivedAtMs: clock.now() - 1000, hook: sandboxHook, payload: { text: "one" } },
      { receivedAtMs: clock.now(), hook: sandboxHook, payload: { text: "two" } },
    ]);
    expect([...receiver.answers]).toEqual([["ok", 2]]);
  });

  test("knows no other path", async () => {
    const { receiver, post } = setUp();
    expect(await post({ text: "x" }, {}, `${sandboxHook}x`)).toBe("404 no_service");
    expect(receiver.messages).toEqual([]);
  });

  test.each([
    ["action_prohibited", 403],
    ["no_service", 404],
    ["channel_is_archived", 410],
  ] as const)("a hook revoked with %s answers %i until it is restored", async (word, status) => {
    const { receiver, post } = setUp();
    receiver.revoke(word);
    expect(await post({ text: "x" })).toBe(`${status} ${word}`);
    receiver.restore();
    expect(await post({ text: "x" })).toBe("200 ok");
  });

  test("takes one message a second, and says when to come back", async () => {
    const { clock, receiver, post } = setUp();
    expect(await post({ text: "x" })).toBe("200 ok");
    const again = () =>
      receiver.fetch(
        new Request(sandboxHook, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"text":"y"}',
        }),
      );
    clock.pass(999);
    const refused = await again();
    expect([refused.status, refused.headers.get("retry-after"), await refused.text()]).toEqual([
      429,
      "1",
      "rate_limited",
    ]);
    clock.pass(1);
    expect((await again()).status).toBe(200);
    expect(receiver.messages).toHaveLength(2);
  });

  test.each<[string, unknown, RequestInit]>([
    ["JSON that is cut off", '{"text":"x', {}],
    ["JSON that is no object", "[]", {}],
    ["a text that is no string", { text: 1 }, {}],
    ["no content type", { text: "x" }, { headers: { "content-type": "text/plain" } }],
    ["another method", { text: "x" }, { method: "PUT" }],
  ])("refuses %s as invalid_payload", async (_, payload, init) => {
    const { receiver, post } = setUp();
    expect(await post(payload, init)).toBe("400 invalid_payload");
    expect(receiver.messages).toEqual([]);
    expect(receiver.lastRefusal).toBeTruthy();
  });

  test.each<[string, unknown]>([
    ["no_text", {}],
    ["no_text", { text: "", blocks: [] }],
    ["too_many_attachments", { attachments: repeat(101, { text: "x" }) }],
    ["missing_text_or_fallback_or_attachments", { attachments: [{ color: "good" }] }],
    ["msg_blocks_too_long", { text: "x", blocks: repeat(5, section(mrkdwn("x".repeat(2800)))) }],
    [
      "msg_blocks_too_long",
      { text: "x", attachments: [{ blocks: repeat(5, section(mrkdwn("x".repeat(2800)))) }] },
    ],
    ["invalid_attachments", { text: "x", attachments: [{ blocks: [section(mrkdwn(""))] }] }],
    ["invalid_blocks", { blocks: repeat(2, { ...section(mrkdwn("x")), block_id: "same" }) }],
  ])("answers %s as Slack does", async (word, payload) => {
    expect(await setUp().post(payload)).toBe(`400 ${word}`);
  });

  test.each<[string, object, boolean]>([
    ["a section of 3,000", section(mrkdwn("😀".repeat(3000))), true],
    ["a section of 3,001", section(mrkdwn("x".repeat(3001))), false],
    ["an empty section", section(mrkdwn("")), false],
    ["a section without text", { type: "section" }, false],
    ["10 fields", { type: "section", fields: repeat(10, mrkdwn("x")) }, true],
    ["11 fields", { type: "section", fields: repeat(11, mrkdwn("x")) }, false],
    ["a field of 2,001", { type: "section", fields: [mrkdwn("x".repeat(2001))] }, false],
    ["a header of 150", { type: "header", text: plainText("x".repeat(150)) }, true],
    ["a header of 151", { type: "header", text: plainText("x".repeat(151)) }, false],
    ["a header of mrkdwn", { type: "header", text: mrkdwn("x") }, false],
    ["10 context elements", { type: "context", elements: repeat(10, mrkdwn("x")) }, true],
    ["11 context elements", { type: "context", elements: repeat(11, mrkdwn("x")) }, false],
    ["verbatim on plain text", section({ ...plainText("x"), verbatim: true }), false],
    ["an unknown property", { ...section(mrkdwn("x")), colour: "red" }, false],
    ["an unknown type", { type: "modal_thing" }, false],
    ["a divider", { type: "divider" }, true],
    [
      "a button text of 76",
      { type: "actions", elements: [{ type: "button", text: plainText("x".repeat(76)) }] },
      false,
    ],
    ["a block id of 256", { type: "divider", block_id: "x".repeat(256) }, false],
  ])("%s", async (_, block, valid) => {
    expect(await setUp().post({ text: "x", blocks: [block] })).toBe(
      valid ? "200 ok" : "400 invalid_blocks",
    );
  });

  test("takes 50 blocks, not 51", async () => {
    const { post } = setUp();
    expect(await post({ text: "x", blocks: repeat(50, { type: "divider" }) })).toBe("200 ok");
    expect(await post({ text: "x", blocks: repeat(51, { type: "divider" }) })).toBe(
      "400 invalid_blocks",
    );
  });

  test("answers any JSON, without an exception", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await setUp().post(value)).toMatch(/^(200|400) [a-z_]+$/);
      }),
    );
  });
});

describe("faults of the Slack receiver", () => {
  test("an answer can be scripted, and the message is not taken", async () => {
    const { receiver, post } = setUp([
      { kind: "answer", status: 500, word: "rollup_error" },
      { kind: "answer", status: 429, word: "rate_limited", retryAfterS: 30 },
    ]);
    expect(await post({ text: "x" })).toBe("500 rollup_error");
    expect(await post({ text: "x" })).toBe("429 rate_limited");
    expect(await post({ text: "x" })).toBe("200 ok");
    expect(receiver.messages).toHaveLength(1);
  });

  test("a hang takes the message, and ends when the sender gives up", async () => {
    const { receiver, post } = setUp([{ kind: "hang" }]);
    await expect(post({ text: "x" }, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(receiver.messages).toHaveLength(1);
    expect(receiver.answers.get("(lost)")).toBe(1);
  });

  test("the connection breaks before or after the message is taken", async () => {
    const { receiver, post } = setUp([
      { kind: "cut", taken: false },
      { kind: "cut", taken: true },
    ]);
    await expect(post({ text: "x" })).rejects.toThrow(TypeError);
    expect(receiver.messages).toHaveLength(0);
    await expect(post({ text: "x" })).rejects.toThrow(TypeError);
    expect(receiver.messages).toHaveLength(1);
  });

  test("faults by chance are the same for the same seed, and can be switched while it runs", async () => {
    const draw = (seed: number) => {
      const faults = sometimes(seeded(seed), 0.3, [{ kind: "hang" }, { kind: "cut", taken: true }]);
      return Array.from({ length: 50 }, () => faults()?.kind);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(new Set(draw(1))).toEqual(new Set([undefined, "hang", "cut"]));
    const { receiver, post } = setUp();
    receiver.faults = scripted([{ kind: "answer", status: 503, word: "" }]);
    expect(await post({ text: "x" })).toBe("503 ");
  });
});

describe("the event ids in a message", () => {
  test("are the code spans at line ends, in sections and context, not those in fields", () => {
    const payload = {
      text: "no `X1`",
      blocks: [
        section(mrkdwn("a `no` b · `A1`\nc · `A2-2`")),
        { type: "section", fields: [mrkdwn("`9.9.9.9`")] },
      ],
      attachments: [{ blocks: [{ type: "context", elements: [mrkdwn("d · `A3`")] }] }],
    };
    expect(eventIdsIn(payload)).toEqual(["A1", "A2-2", "A3"]);
  });

  test("are in the text where there is nothing else, and nowhere in something else", () => {
    expect(eventIdsIn({ text: "a · `A1`" })).toEqual(["A1"]);
    expect(eventIdsIn("x")).toEqual([]);
  });
});
