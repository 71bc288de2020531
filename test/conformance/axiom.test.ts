// Axiom's intake as Axiom describes it: https://axiom.co/docs/restapi/endpoints/ingestToDataset
// The description takes the body for bytes: that the events in it are right, no description tells.
import { describe, expect, test } from "vitest";
import { generated } from "./items.ts";
import { prism } from "./prism.ts";
import { sender, textOf } from "./requests.ts";
import { shared } from "./shared.ts";

const description = shared("openapi/axiom-ingest.openapi.json");

const base = "https://us-east-1.aws.edge.axiom.co/v1";

/** Without a header for CSV that nobody sends: prism breaks where a list is missing from the headers. */
function withoutCsv() {
  const api = description.read();
  const { post } = api.paths["/ingest/{dataset-id}"];
  post.parameters = post.parameters.filter(
    ({ name }: { name: string }) => name !== "X-Axiom-CSV-Fields",
  );
  return api;
}

describe.skipIf(!description.there)(`Axiom's description (${description.needed})`, () => {
  const api = description.there ? prism(withoutCsv(), base, "bytes") : undefined;
  const good = {
    method: "POST",
    url: `${base}/ingest/webflow`,
    headers: { "content-type": "application/json", authorization: "Bearer xaat-1" },
    body: '[{"_time":"2026-06-04T11:20:07.123Z"}]',
  } as const;
  const { headers } = good;

  test("takes a good request", async () => {
    expect(await (await api)?.(good)).toMatchObject({ status: 200, faults: [] });
  });

  test("takes all items, as they are sent", async () => {
    const url = base.replace(/\/v1$/, "");
    const axiom = sender("axiom", { token: "xaat-1", dataset: "webflow", url });
    const requests = axiom.sendAll(generated);
    for (const request of requests)
      expect(await (await api)?.(request)).toMatchObject({ status: 200, faults: [] });
    const events: unknown[] = requests.flatMap((request) => JSON.parse(textOf(request)));
    expect(events).toHaveLength(generated.length);
  });

  test.each([
    ["at another path", { ...good, url: `${base}/datasets/webflow` }],
    ["without a token", { ...good, headers: { "content-type": headers["content-type"] } }],
    ["with another kind of token", { ...good, headers: { ...headers, authorization: "Splunk x" } }],
    ["of another kind", { ...good, headers: { ...headers, "content-type": "text/plain" } }],
    ["without a body", { ...good, body: "" }],
  ])("refuses one %s", async (_, request) => {
    expect((await (await api)?.(request))?.status).not.toBe(200);
  });
});
