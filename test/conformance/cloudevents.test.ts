// CloudEvents by the project's SDK, and by a server that many deploy: Google's functions framework.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { cloudEvent } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import type { CloudEventV1 } from "cloudevents";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cloudEventFaults } from "./cloudevents-rules.ts";
import { differences } from "./differences.ts";
import { everyItem, generated, received } from "./items.ts";
import { sender, textOf } from "./requests.ts";

const structured = "application/cloudevents+json; charset=utf-8";
const batch = "application/cloudevents-batch+json; charset=utf-8";
const good = {
  specversion: "1.0",
  id: "01J00000000000000000000001",
  source: "/webflow/workspaces/6621ccb459b561c69f29d57c",
  type: "com.webflow.audit.user_access.login",
  time: "2026-06-04T11:20:07.123Z",
  subject: "6661ccb359b561c69f29d554",
  datacontenttype: "application/json",
  severity: "info",
  late: true,
  data: { summary: "Someone logged in.", anything: [null, { at: "all" }] },
};

describe("the check of CloudEvents", () => {
  test("finds nothing wrong with a good event, alone and in a list", () => {
    expect(cloudEventFaults(structured, JSON.stringify(good))).toEqual([]);
    expect(cloudEventFaults(batch, JSON.stringify([good, { ...good, id: "2" }]))).toEqual([]);
  });

  test.each<[string, string, unknown]>([
    ["the content type is another", "application/json", good],
    ["a list says that it is one event", structured, [good]],
    ["one event says that it is a list", batch, good],
    ["the version is another", structured, { ...good, specversion: "0.3" }],
    ["the id is missing", structured, { ...good, id: undefined }],
    ["the id is empty", structured, { ...good, id: "" }],
    ["the source is missing", structured, { ...good, source: undefined }],
    ["the source is no URI reference", structured, { ...good, source: "https://[" }],
    ["the type is missing", structured, { ...good, type: undefined }],
    ["the time is none", structured, { ...good, time: "yesterday" }],
    ["the subject is null", structured, { ...good, subject: null }],
    ["the subject is empty", structured, { ...good, subject: "" }],
    ["the schema of the data is no URI", structured, { ...good, dataschema: "not a uri" }],
    ["an attribute has a capital letter", structured, { ...good, workspaceId: "w" }],
    ["an attribute has an underscore", structured, { ...good, late_flag: true }],
    ["an attribute has too long a name", structured, { ...good, abcdefghijklmnopqrstu: "x" }],
    ["an attribute has a control character", structured, { ...good, subject: "a\u0000b" }],
    ["an attribute has half a character", structured, { ...good, type: "com.webflow.\ud83d" }],
    ["an attribute is an object", structured, { ...good, actor: { id: "u1" } }],
    ["an attribute is a fraction", structured, { ...good, weight: 1.5 }],
    ["an event of a list has no id", batch, [good, { ...good, id: undefined }]],
  ])("finds that %s", (_, contentType, event) => {
    expect(cloudEventFaults(contentType, JSON.stringify(event))).not.toEqual([]);
  });
});

const options = {
  url: "https://siem.example.com/in",
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};
const webhook = sender("webhook", options, "cloudevents");

everyItem("as a CloudEvent it is valid on its way to a webhook", (sample) => {
  const request = webhook.send(sample);
  return cloudEventFaults(request.headers["content-type"] ?? "", textOf(request));
});

test("as CloudEvents they are valid in batches", () => {
  const batches = sender("webhook", { ...options, batch: true }, "cloudevents").sendAll(generated);
  expect(batches.length).toBeGreaterThan(1);
  for (const request of batches) {
    const contentType = request.headers["content-type"] ?? "";
    expect(contentType).toMatch(/^application\/cloudevents-batch\+json/);
    expect(cloudEventFaults(contentType, textOf(request))).toEqual([]);
  }
});

describe("a server of Google's functions framework", () => {
  let taken: CloudEventV1<unknown>[] = [];
  let server: Server;

  beforeAll(async () => {
    cloudEvent("audit", (event: CloudEventV1<unknown>) => {
      taken.push(event);
    });
    server = getTestServer("audit");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  everyItem("calls the function once, with the very event", async (sample) => {
    const { port } = server.address() as AddressInfo;
    const { method, headers, body = "" } = webhook.send(sample);
    taken = [];
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method, headers, body });
    if (answer.status !== 204) return [`HTTP ${answer.status}: ${await answer.text()}`];
    return differences([JSON.parse(Buffer.from(body).toString())], received(taken));
  });
});
