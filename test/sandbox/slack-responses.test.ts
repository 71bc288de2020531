import { expect, test } from "vitest";
import { slackResponses } from "../../sandbox/receivers/slack-responses.ts";
import { systemClock } from "../../src/http.ts";

const post = (url: string, body: string) => new Request(url, { method: "POST", body });
const hello = JSON.stringify({ text: "hello" });

test("an address takes five answers, and no sixth", async () => {
  const slack = slackResponses({ clock: systemClock });
  const url = slack.issue();
  for (let i = 0; i < 5; i++) expect((await slack.fetch(post(url, hello))).status).toBe(200);
  const sixth = await slack.fetch(post(url, hello));
  expect([sixth.status, await sixth.json()]).toEqual([404, { ok: false, error: "used_url" }]);
  expect(slack.taken).toHaveLength(5);
});

test("an address lives for half an hour", async () => {
  let nowMs = 0;
  const slack = slackResponses({ clock: { ...systemClock, now: () => nowMs } });
  const url = slack.issue();
  nowMs = 30 * 60_000;
  expect((await slack.fetch(post(url, hello))).status).toBe(200);
  nowMs += 1;
  expect((await slack.fetch(post(url, hello))).status).toBe(404);
});

test("another address, a bad message and no JSON are refused", async () => {
  const slack = slackResponses({ clock: systemClock });
  const url = slack.issue();
  expect((await slack.fetch(post(`${url}x`, hello))).status).toBe(404);
  expect((await slack.fetch(new Request(url))).status).toBe(404);
  for (const body of ["", "{", "[]", JSON.stringify({ blocks: [{ type: "x" }] })])
    expect((await slack.fetch(post(url, body))).status).toBe(400);
  expect(slack.taken).toEqual([]);
});
