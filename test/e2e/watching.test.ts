// The built Worker as a monitor sees it: the heartbeat, the metrics, and a pause by hand.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as z from "zod";
import type { statusSchema } from "../../src/routes/schemas.ts";
import { adminToken, Deployed, token, until } from "./deployed.ts";

let pings = 0;
const deployed = new Deployed({
  // What happened shortly before the start is theirs, too.
  siem: { start: "5m" },
  team: { start: "5m" },
  sites: {
    "ping.example.com": {
      async fetch() {
        pings += 1;
        return new Response("OK");
      },
    },
  },
});

beforeAll(
  () => deployed.start({ HEARTBEAT_URL: "https://ping.example.com/uuid-of-a-check" }),
  30_000,
);
afterAll(() => deployed.stop());

describe("a deployed Tidemark", () => {
  it("asks HEARTBEAT_URL with each cron while all is well, and not while the log cannot be read", async () => {
    expect(pings).toBe(1);
    await deployed.worker.cron();
    expect(pings).toBe(2);
    deployed.tokens.revoke(token);
    await deployed.worker.cron();
    expect(pings).toBe(2);
    deployed.tokens.restore(token);
    await deployed.ask("POST", "/sync");
    await deployed.worker.cron();
    expect(pings).toBe(3);
  });

  it("shows its metrics to Prometheus, who sends the admin token, and to nobody else", async () => {
    const url = "/metrics";
    expect((await deployed.worker.fetch(url)).status).toBe(401);
    const response = await deployed.worker.fetch(url, {
      headers: {
        authorization: `Bearer ${adminToken}`,
        accept: "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
      },
    });
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/^tidemark_polls_total\{workspace=".+",outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^tidemark_source_requests_total\{workspace=".+",status="401"\} [1-9]/m);
  });

  it("sends nothing to a destination that is paused by hand, and what was held once it is resumed", async () => {
    expect(await deployed.ask("POST", "/destinations/siem/pause", { for: "2h" })).toMatchObject({
      status: 200,
      data: { destination: "siem", paused: true },
    });
    deployed.generate(20, Date.now() - 1000, Date.now());
    await deployed.ask("POST", "/sync");
    await until(
      () => deployed.slack.messages.length > 0,
      20_000,
      () => "Slack has not got them",
    );
    expect(deployed.siem.deliveries).toEqual([]);
    const { data } = await deployed.ask("GET", "/status");
    expect(data).toMatchObject({
      workspaces: [
        {
          destinations: [
            { name: "team" },
            { name: "siem", state: "paused", hold: { by: "the admin token" } },
          ],
        },
      ],
    });
    expect((await deployed.worker.fetch("/health")).status).toBe(200);
    await deployed.ask("POST", "/destinations/siem/resume");
    await until(
      () => deployed.siemIds().length >= 20,
      20_000,
      () => `${deployed.siemIds().length} of 20 came`,
    );
    expect(new Set(deployed.siemIds()).size).toBe(20);
  }, 60_000);

  it("tells what today takes of the plan: its requests as they were heard, its rows as Cloudflare counts them", async () => {
    type Budget = z.infer<typeof statusSchema>["budget"];
    const read = async () => {
      const { data } = await deployed.ask("GET", "/status");
      const [{ budget }] = data.workspaces as [{ budget: Budget }];
      const heard = deployed.api.counts.requests + deployed.siemIds().length;
      return { budget, outside: heard + deployed.slack.messages.length };
    };
    const before = await read();
    const seen = deployed.siemIds().length;
    // Fewer than a storm, which a channel is told of after a minute.
    deployed.generate(15, Date.now() - 1000, Date.now());
    await until(
      () => deployed.siemIds().length === seen + 15 && deployed.slackIds().length >= seen + 15,
      20_000,
      () => JSON.stringify(deployed.lines.slice(-5)),
    );
    // Noted at the end of the run.
    await deployed.ask("POST", "/sync");
    const after = await read();
    const used = (name: keyof Budget["resources"]) =>
      after.budget.resources[name].used - before.budget.resources[name].used;
    const requests = after.budget.requests.today - before.budget.requests.today;
    expect(Math.abs(requests - (after.outside - before.outside))).toBeLessThanOrEqual(3);
    // A sighting and two outcomes for each, and a few rows for each run and parcel.
    expect(used("rowsWritten")).toBeGreaterThanOrEqual(45);
    expect(used("rowsWritten")).toBeLessThan(45 + 12 * used("kvReads") + 20);
    expect(used("rowsRead")).toBeGreaterThan(used("kvReads"));
    expect(used("objectRequests")).toBeGreaterThanOrEqual(used("kvReads"));
    expect(after.budget).toMatchObject({ plan: "paid", standing: "ok", problem: null });
  }, 40_000);
});
