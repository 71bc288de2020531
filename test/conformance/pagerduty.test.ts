// PagerDuty's Events API v2 as PagerDuty describes it: https://github.com/PagerDuty/api-schema
import { describe, expect, test } from "vitest";
import { everyItem } from "./items.ts";
import { prism } from "./prism.ts";
import { sender } from "./requests.ts";
import { shared } from "./shared.ts";

const description = shared("openapi/pagerduty-events-v2.openapi.json");
const base = "https://events.pagerduty.com/v2";
const payload = {
  summary: "ann@acme.com changed the role of ben@acme.com to Admin",
  severity: "error",
  source: "acme",
  timestamp: "2026-06-04T11:20:07.123Z",
  custom_details: { anything: [null] },
};
const good = {
  routing_key: "0123456789abcdef0123456789abcdef",
  event_action: "trigger",
  dedup_key: "01J00000000000000000000001",
  client: "Tidemark",
  links: [{ href: "https://webflow.com/dashboard", text: "Webflow" }],
  payload,
};

const pagerduty = sender("pagerduty", { routingKey: good.routing_key });
const own = description.there ? prism(description.read(), base) : undefined;

everyItem(
  "an alert is one that PagerDuty describes",
  async (sample) => {
    const answer = await (await own)?.(pagerduty.send(sample));
    return answer?.status === 202 ? answer.faults : [`HTTP ${answer?.status}`];
  },
  description,
);

describe.skipIf(!description.there)(`PagerDuty's description (${description.needed})`, () => {
  const api = description.there ? prism(description.read(), base) : undefined;
  const post = async (body: unknown) =>
    (await api)?.({
      method: "POST",
      url: `${base}/enqueue`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("takes a good event", async () => {
    expect(await post(good)).toMatchObject({
      status: 202,
      body: { status: "success" },
      faults: [],
    });
  });

  test.each<[string, unknown]>([
    ["without a key", { ...good, routing_key: undefined }],
    ["whose action is none", { ...good, event_action: "open" }],
    ["without a summary", { ...good, payload: { ...payload, summary: undefined } }],
    ["without a source", { ...good, payload: { ...payload, source: undefined } }],
    ["of a severity of ours", { ...good, payload: { ...payload, severity: "high" } }],
    ["of no time", { ...good, payload: { ...payload, timestamp: "yesterday" } }],
    ["whose details are a text", { ...good, payload: { ...payload, custom_details: "x" } }],
    ["with a link that leads nowhere", { ...good, links: [{ text: "Webflow" }] }],
    ["that is a list", [good]],
  ])("refuses one %s", async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400 });
  });
});
