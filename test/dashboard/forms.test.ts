import { describe, expect, test } from "vitest";
import { dayMs, hourMs } from "../../src/time.ts";
import { destination, event, House, letter, overviewOf } from "../support/dashboard.ts";
import { planReport } from "../support/fake-relay.ts";

async function follow(house: House, path: string, fields: Record<string, string>) {
  const { status, headers } = await house.send(path, fields);
  expect(status).toBe(303);
  return house.ask(`GET ${headers.get("location")}`);
}

describe("a destination's buttons", () => {
  test("test it, and say what its receiver said", async () => {
    const house = new House();
    const detail = "team accepted the test event.";
    const report = { destination: "team", outcome: "delivered" as const, detail, event: "01" };
    house.relay().overrides = { tests: async () => [{ ...report, atMs: Date.now() }] };
    const { text } = await follow(house, "/dashboard/destinations/team", { do: "test" });
    expect(house.relay().calls).toContainEqual(["test", "team"]);
    expect(text).toContain(`<p class="notice good" role="status">${detail}</p>`);
  });

  test("say of a test that did not arrive what to do about it", async () => {
    const house = new House();
    const detail = "team did not accept it: HTTP 403";
    const report = { destination: "team", outcome: "halt" as const, detail, event: "01" };
    house.relay().overrides = {
      test: async () => report,
      tests: async () => [{ ...report, atMs: Date.now() }],
      overview: async () => overviewOf(),
    };
    const { text } = await follow(house, "/dashboard/destinations/team", { do: "test" });
    expect(text).toContain("team did not accept the test event: see there.");
    expect(text).toContain("The receiver refuses Tidemark: check the destination");
  });

  test.each([
    ["pause", null],
    ["pause-1h", hourMs],
    ["pause-1d", dayMs],
  ])("%s it in the name of who pressed", async (action, forMs) => {
    const house = new House();
    const { text } = await follow(house, "/dashboard/destinations/team", { do: action });
    const [, name, by, untilMs] = house.relay().calls[0] ?? [];
    expect([name, by]).toEqual(["team", "the admin token"]);
    if (forMs === null) expect(untilMs).toBeNull();
    else expect(Math.abs(Number(untilMs) - Date.now() - forMs)).toBeLessThan(5000);
    expect(text).toContain("team is paused");
  });

  test.each(["resume", "retry"])("%s it", async (action) => {
    const house = new House();
    await follow(house, "/dashboard/destinations/team", { do: action });
    expect(house.relay().calls).toEqual([["resume", "team"]]);
  });

  test("offer Resume for a pause by hand, and Retry now for what waits", async () => {
    const house = new House();
    const hold = { since: "2026-06-01T12:00:00Z", until: null, by: "the admin token" };
    const show = async (change: Parameters<typeof destination>[0]) => {
      house.relay().overrides = {
        overview: async () => overviewOf({ destinations: [destination(change)] }),
      };
      const { text } = await house.ask("GET /");
      return [...text.matchAll(/name="do" value="(\w+)"/g)].map(([, value]) => value);
    };
    expect(await show({})).toEqual(["test", "pause"]);
    expect(await show({ state: "paused", hold })).toEqual(["test", "resume"]);
    expect(await show({ state: "waiting" })).toEqual(["test", "retry", "pause"]);
  });

  test("say in words what is wrong with what they were asked for, with the way back", async () => {
    const house = new House();
    const unknown = await house.send("/dashboard/destinations/x", { do: "pause" });
    expect([unknown.status, unknown.text]).toEqual([
      404,
      expect.stringContaining("no destination x"),
    ]);
    expect(unknown.text).toContain('<a class="button" href="/">');
    const action = await house.send("/dashboard/destinations/team", { do: "toString" });
    expect(action.status).toBe(422);
    const noForm = await house.ask("POST /dashboard/destinations/team");
    expect(noForm.status).toBe(400);
  });
});

describe("a form of the first page", () => {
  test("leads back to the page of one workspace, where it was sent from there", async () => {
    const workspaces = ["acme", "beta"].map((id) => ({ id, token: "$WEBFLOW_TOKEN" }));
    const house = new House({ WORKSPACES: workspaces });
    const from = async (referer: string) => {
      const { headers } = await house.send("/dashboard/sync", { workspace: "beta" }, { referer });
      return headers.get("location");
    };
    expect(await from("https://x.dev/?workspace=beta")).toBe(
      "/?workspace=beta&notice=synced&on=beta",
    );
    expect(await from("https://x.dev/")).toBe("/?notice=synced&on=beta");
    expect(await from("https://x.dev/?workspace=evil")).toBe("/?notice=synced&on=beta");
  });
});

describe("a dead letter's buttons", () => {
  test("send it again or discard it, and come back to where they were pressed", async () => {
    const house = new House();
    const retried = await house.send("/dashboard/dead-letters/acme%3A1", {
      do: "retry",
      back: "overview",
    });
    expect(retried.headers.get("location")).toBe("/?notice=letter-retried");
    expect(house.relay().calls).toEqual([["retry", 1]]);
    const gone = await house.send("/dashboard/dead-letters/acme%3A1", { do: "discard" });
    expect(gone.headers.get("location")).toBe("/dashboard/dead-letters?notice=letter-discarded");
  });

  test("say why one cannot be sent", async () => {
    const { status, text } = await new House().send("/dashboard/dead-letters/acme:4", {
      do: "retry",
    });
    expect(status).toBe(409);
    expect(text).toContain("its destination is paused");
  });

  test("stand on a page that goes on with the older ones", async () => {
    const house = new House();
    house.relay().letters = Array.from({ length: 30 }, (_, i) => ({ ...letter, id: 30 - i }));
    const { text } = await house.ask("GET /dashboard/dead-letters");
    expect(text).toContain("/dashboard/dead-letters?before=acme%3A11");
    const older = await house.ask("GET /dashboard/dead-letters?before=acme%3A11");
    expect(older.text).toContain("dead letter 10");
    expect(older.text).not.toContain("Older dead letters");
  });
});

describe("the re-sync form", () => {
  const period = {
    workspace: "acme",
    from: "2026-06-01T10:00",
    to: "2026-06-01T12:00:30",
    destination: "team",
  };

  test("makes a plan for UTC times, shows it, and sends it when it is applied", async () => {
    const house = new House();
    const plan = await follow(house, "/dashboard/resync", period);
    expect(house.relay().calls[0]).toEqual([
      "planResync",
      {
        fromMs: Date.parse("2026-06-01T10:00:00Z"),
        toMs: Date.parse("2026-06-01T12:00:30Z"),
        destinations: ["team"],
        redeliver: false,
      },
    ]);
    expect(plan.text).toContain("Applying it sends exactly this delivery.");
    const applied = { ...planReport, state: "applied" as const, remaining: 1, appliedMs: 1 };
    house.relay().overrides = {
      applyResync: async () => ({ kind: "applied", report: applied }),
      resync: async () => applied,
    };
    const after = await follow(house, `/dashboard/resync/acme%3A${planReport.id}`, {});
    expect(after.text).toContain("The plan is applied");
    expect(after.text).toContain("0 of 1 sent; 1 to go");
  });

  test.each([
    [{ from: "" }, "From: is missing"],
    [{ from: "yesterday" }, "from: expected a time like"],
    [{ to: "2026-06-01T09:00" }, "is before from"],
    [{ workspace: "other" }, "There is no workspace other"],
    [{ destination: "other" }, "has no destination other"],
  ])("refuses %j in words", async (change, words) => {
    const house = new House();
    const { status, text } = await house.send("/dashboard/resync", { ...period, ...change });
    expect([status, text]).toEqual([
      expect.toSatisfy((n) => n >= 400),
      expect.stringContaining(words),
    ]);
    expect(text).toContain('href="/dashboard/resync"');
    expect(house.relay().calls).toEqual([]);
  });

  test("says so when the plan does not hold any more, or the log cannot be read", async () => {
    const house = new House();
    const path = `/dashboard/resync/acme%3A${planReport.id}`;
    house.relay().overrides = {
      applyResync: async () => ({ kind: "refused", reason: "It is expired." }),
    };
    expect((await house.send(path, {})).text).toContain("It is expired. Nothing was sent now.");
    house.relay().overrides = {
      applyResync: async () => ({ kind: "unread", reason: "HTTP 500." }),
    };
    expect((await house.send(path, {})).status).toBe(503);
  });
});

describe("the events", () => {
  test("are the newest ones, from the time of the hundredth on", async () => {
    const house = new House();
    const hundredthMs = Date.now() - 5000;
    house.relay().overrides = {
      recentMs: async () => hundredthMs,
      look: async () => ({
        events: [event({ summary: "first" }), event({ summary: "second" })],
        next: null,
        problem: null,
      }),
    };
    const { text } = await house.ask("GET /dashboard/events");
    expect(house.relay().calls).toEqual([
      ["look", expect.objectContaining({ fromMs: hundredthMs })],
    ]);
    expect(text.indexOf(">second<")).toBeLessThan(text.indexOf(">first<"));
    expect(text).toContain("skip=100");
  });

  test("are filtered by type, person, severity and period, and the form keeps what was asked", async () => {
    const house = new House();
    const query = "type=custom_role.*&person=ann&severity=high&period=7d";
    const { text } = await house.ask(`GET /dashboard/events?${query}`);
    expect(house.relay().calls[0]?.[1]).toMatchObject({
      only: ["custom_role.*"],
      person: "ann",
      minSeverity: "high",
    });
    expect(text).toContain('value="custom_role.*"');
    expect(text).toMatch(/<option value="high" selected/);
    expect(text).toContain("Nothing here fits the filter");
  });

  test("say which types there are when a filter can find none", async () => {
    const { text } = await new House().ask("GET /dashboard/events?type=logn");
    expect(text).toContain("No type known today fits logn. Known are: ");
  });

  test("lead to a page each, which explains, and shows it in every format", async () => {
    const house = new House();
    house.relay().overrides = {
      look: async () => ({ events: [event()], next: null, problem: null }),
    };
    const { text } = await house.ask(
      "GET /dashboard/events/01KBCDEFGH0123456789ABCDEF?workspace=acme",
    );
    expect(text).toContain("Ann logged in");
    expect(text).toMatch(/Dead letter.*HTTP 400.*reject/s);
    for (const format of ["event", "ocsf", "ecs", "cloudevents", "raw"])
      expect(text).toContain(`<b>${format}</b>`);
  });

  test("that nobody knows are a page that says so", async () => {
    const house = new House();
    house.relay().overrides = { explain: async () => ({ kind: "unknown" }) };
    const { status, text } = await house.ask("GET /dashboard/events/nonsense");
    expect([status, text]).toEqual([404, expect.stringContaining("No event of this id was seen")]);
  });
});
