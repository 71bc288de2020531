// Slack messages by limits that another project has collected. Their content: test/destinations/slack.test.ts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileEvents } from "../support/events.ts";
import { everyItem, generated } from "./items.ts";
import { sender, textOf } from "./requests.ts";
import { limits, slackChecker } from "./slack-rules.ts";

const faultsOf = limits.there ? slackChecker() : () => [];
const slack = sender("slack", { url: "https://hooks.slack.com/services/T1/B1/x" });

everyItem(
  "a message keeps to Slack's limits",
  (sample) => {
    const plain = slack.destination.encodePlain?.(slack.letterOf(sample), { nowMs: 0 });
    const both = [slack.send(sample), ...(plain ? [plain] : [])];
    return both.flatMap((request) => faultsOf(JSON.parse(textOf(request))));
  },
  limits,
);

describe.skipIf(!limits.there)(`the check of Slack's limits (${limits.needed})`, () => {
  test("finds nothing wrong with digests of all items", () => {
    const digests = slack.sendAll(generated).map((request) => JSON.parse(textOf(request)));
    expect(digests.flatMap(faultsOf)).toEqual([]);
  });

  test("finds nothing wrong with messages and digests of hostile events", () => {
    fc.assert(
      fc.property(hostileEvents(20), (events) => {
        const samples = events.map((event) => ({ name: "hostile", item: {}, event }));
        const messages = slack.sendAll(samples).map((request) => JSON.parse(textOf(request)));
        expect(messages.flatMap(faultsOf)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  const mrkdwn = (text: string) => ({ type: "mrkdwn" as const, text });
  const section = { type: "section" as const, text: mrkdwn("x") };
  const of = (block: object) => ({ text: "x", blocks: [block] });

  test.each<[string, object]>([
    ["a section is too long", of({ ...section, text: mrkdwn("x".repeat(3001)) })],
    ["a section is empty", of({ type: "section" })],
    ["a text is empty", of({ ...section, text: mrkdwn("") })],
    ["a field is too long", of({ ...section, fields: [mrkdwn("x".repeat(2001))] })],
    ["fields are too many", of({ ...section, fields: Array(11).fill(mrkdwn("x")) })],
    [
      "a context has too much in it",
      of({ type: "context", elements: Array(11).fill(mrkdwn("x")) }),
    ],
    ["blocks are too many", { text: "x", blocks: Array(51).fill(section) }],
    ["a block is of a kind that is not sent", of({ type: "divider" })],
    ["it is found in an attachment", { text: "x", attachments: [of({ type: "section" })] }],
    ["nothing is left for the notification", { blocks: [section] }],
  ])("finds that %s", (_, message) => {
    expect(faultsOf(message)).not.toEqual([]);
  });
});
