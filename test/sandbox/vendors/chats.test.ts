// The rules of the chats and of PagerDuty, each tried with a request that breaks it.
import { expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { type VendorReceiver, vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { vendors } from "../../../sandbox/receivers/vendors/registry.ts";
import { destinationTypes } from "../../../src/destinations/registry.ts";
import { event as ownFormat } from "../../../src/formats/event.ts";
import { auditEvent, letterOf } from "../../support/events.ts";

interface Sent {
  url: string;
  body: string;
  contentType: string;
}

function open(type: string) {
  const clock = new VirtualClock(Date.parse("2026-06-04T11:20:10Z"));
  const vendor = vendors.find((one) => one.type === type);
  const destination = destinationTypes.find((one) => one.type === type);
  if (!vendor || !destination) throw new Error(`no ${type}`);
  const receiver = vendorReceiver(vendor, { clock });
  const request = destination
    .bind(vendor.options[0], ownFormat)
    .encode([letterOf(auditEvent())], { nowMs: clock.now() });
  const send = (change: (sent: Sent) => Partial<Sent> = () => ({})) => {
    const sent = { url: request.url, body: String(request.body), contentType: "application/json" };
    const { url, body, contentType } = { ...sent, ...change(sent) };
    const headers = { "content-type": contentType };
    return receiver.fetch(new Request(url, { method: "POST", headers, body }));
  };
  return { clock, receiver, send };
}

const idsIn = ({ taken }: VendorReceiver) => [...taken.keys()];
const replaced =
  (from: string, to: string) =>
  ({ body }: Sent) => ({
    body: body.replace(from, to),
  });

test.each<[type: string, change: (sent: Sent) => Partial<Sent>, status: number]>([
  ["teams", () => ({}), 202],
  ["teams", ({ url }) => ({ url: url.replace("sig=", "sig=x") }), 401],
  ["teams", ({ url }) => ({ url: url.replace("/workflows/", "/workflows/x") }), 404],
  ["teams", ({ body }) => ({ body: body + " ".repeat(21_000) }), 413],
  ["teams", () => ({ contentType: "text/plain" }), 415],
  ["teams", replaced("RichTextBlock", "TextBlok"), 400],
  ["teams", replaced('"High"', '""'), 400],
  ["discord", () => ({}), 200],
  ["discord", ({ url }) => ({ url: url.replace("wait=true", "") }), 204],
  ["discord", ({ url }) => ({ url: url.replace("?", "x?") }), 404],
  ["discord", replaced("ann", "n".repeat(4097)), 400],
  ["discord", replaced('"Actor"', `"${"n".repeat(257)}"`), 400],
  [
    "discord",
    ({ body }) => ({
      body: body.replace(
        /"embeds":\[(.*)\],"all/,
        (_, one) => `"embeds":[${Array(11).fill(one).join()}],"all`,
      ),
    }),
    400,
  ],
  ["google-chat", () => ({}), 200],
  ["google-chat", ({ url }) => ({ url: url.replace("key=", "key=x") }), 400],
  ["google-chat", ({ url }) => ({ url: url.replace("token=", "token=x") }), 401],
  ["google-chat", ({ url }) => ({ url: url.replace("spaces/", "spaces/x") }), 404],
  ["google-chat", ({ body }) => ({ body: body + " ".repeat(32_000) }), 400],
  ["google-chat", replaced("textParagraph", "textPara"), 400],
  ["pagerduty", () => ({}), 202],
  ["pagerduty", replaced('"error"', '"high"'), 400],
  ["pagerduty", replaced('"acme"', '""'), 400],
  ["pagerduty", replaced('"routing_key":"', '"routing_key":"x'), 400],
  ["pagerduty", replaced("ann", "n".repeat(1025)), 400],
])("%s, request %#: %i", async (type, change, status) => {
  const { receiver, send } = open(type);
  expect((await send(change)).status).toBe(status);
  expect(idsIn(receiver)).toEqual(status < 300 ? [auditEvent().id] : []);
});

test.each([
  ["teams", 4, 1000],
  ["discord", 5, 2000],
  ["google-chat", 1, 1000],
  ["pagerduty", 120, 60_000],
])("%s takes %i requests in %i ms", async (type, most, perMs) => {
  const { clock, send } = open(type);
  for (let i = 0; i < most; i++) expect((await send()).status).toBeLessThan(300);
  expect((await send()).status).toBe(429);
  await clock.runUntil(clock.now() + perMs);
  expect((await send()).status).toBeLessThan(300);
});

test("Discord says how long to wait, in seconds with decimals", async () => {
  const { send } = open("discord");
  for (let i = 0; i < 5; i++) await send();
  const answer = await send();
  expect(answer.headers.get("x-ratelimit-reset-after")).toBe("2");
  expect(await answer.json()).toMatchObject({ retry_after: 2, global: false });
});

test("PagerDuty makes one alert of what comes twice", async () => {
  const { receiver, send } = open("pagerduty");
  expect([(await send()).status, (await send()).status]).toEqual([202, 202]);
  expect(receiver.stored).toHaveLength(1);
});
