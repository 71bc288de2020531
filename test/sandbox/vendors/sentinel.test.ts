// The sandbox's Sentinel, and a destination that keeps a token for it over hours.
import { expect, test } from "vitest";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { sentinel } from "../../../sandbox/receivers/vendors/sentinel.ts";
import { login, startMs, World } from "../../support/world.ts";

const hourMs = 3_600_000;
const [loginHost = "", ingestHost = ""] = sentinel.hosts;
const [options = {}] = sentinel.options;

test("a token is fetched again before it expires, and no request is refused for its age", async () => {
  let logins = 0;
  let refused = 0;
  const world = new World({
    destinations: { siem: { type: "sentinel", ...options } },
    env: Object.fromEntries(sentinel.hosts.map((host) => [host, {}])),
    sites: (clock) => {
      const receiver = vendorReceiver(sentinel, { clock });
      const counting = {
        async fetch(request: Request) {
          const response = await receiver.fetch(request);
          if (new URL(request.url).host === loginHost) logins += 1;
          if (response.status === 401) refused += 1;
          return response;
        },
      };
      return { [loginHost]: counting, [ingestHost]: counting };
    },
  });
  await world.run();
  for (let i = 0; i < 36; i += 1) {
    world.log.add(login(startMs + 1000 + i * 300_000));
    await world.runFor(300_000);
  }
  expect(world.sql.exec("SELECT outcome, count(*) AS n FROM settled GROUP BY outcome")).toEqual([
    { outcome: "delivered", n: 36 },
  ]);
  // An event every five minutes, over three hours: one login in each.
  expect([logins, refused]).toEqual([3, 0]);
});

test("an expired token is refused, an application that is not known gets none", async () => {
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: async () => undefined };
  const { fetch } = vendorReceiver(sentinel, { clock });
  const logIn = (change: Record<string, string>) => {
    const form = {
      grant_type: "client_credentials",
      client_id: String(options.clientId),
      client_secret: String(options.clientSecret),
      scope: "https://monitor.azure.com/.default",
      ...change,
    };
    const url = `https://${loginHost}/${options.tenant}/oauth2/v2.0/token`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(form).toString();
    return fetch(new Request(url, { method: "POST", headers, body }));
  };
  const statuses = [
    (await logIn({ client_id: "other" })).status,
    (await logIn({ client_secret: "wrong" })).status,
    (await logIn({ scope: "https://management.azure.com/.default" })).status,
  ];
  expect(statuses).toEqual([400, 401, 400]);

  const { access_token } = (await (await logIn({})).json()) as { access_token: string };
  const send = async () => {
    const url = `${options.url}/dataCollectionRules/${options.rule}/streams/${options.stream}?api-version=2023-01-01`;
    const headers = { "content-type": "application/json", authorization: `Bearer ${access_token}` };
    return (await fetch(new Request(url, { method: "POST", headers, body: "[]" }))).status;
  };
  expect(await send()).toBe(204);
  nowMs += hourMs;
  expect(await send()).toBe(401);
});
