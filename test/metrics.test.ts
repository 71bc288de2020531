// The metrics against what happened, and against software that we did not write: a parser, and Prometheus' own promtool.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import parse from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { metrics } from "../src/metric-list.ts";
import { toPrometheus } from "../src/metrics.ts";
import { measure } from "../src/overview.ts";
import { version } from "../src/version.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const root = join(import.meta.dirname, "..");
const minute = 60_000;

function exposition(world: World): string {
  const { ports, pipeline, config } = world;
  return toPrometheus([measure(ports, pipeline, config, workspaceId)], version);
}

/** By metric, each sample's labels besides the workspace, and its value. */
function read(text: string) {
  const families = new Map(parse(text).map((family) => [family.name, family]));
  return {
    names: [...families.keys()],
    value(name: string, labels: Record<string, string> = {}): number | undefined {
      const found = families.get(name)?.metrics.find((sample) => {
        const { workspace: _, ...own } = sample.labels ?? {};
        return JSON.stringify(own) === JSON.stringify(labels);
      });
      return found && Number(found.value);
    },
    histogram: (name: string) => families.get(name)?.metrics[0],
  };
}

async function busyWorld(): Promise<World> {
  const world = new World({
    destinations: { siem: { only: ["user_access.*"], findings: true }, down: { findings: true } },
  });
  world.inbox("down").answer = () => new Response("down", { status: 503 });
  await world.run();
  for (let i = 0; i < 7; i++) world.log.add(login(startMs + 1000 * i));
  world.log.add(
    login(startMs + 9000, { eventType: "custom_role", eventSubType: "role_created", payload: {} }),
  );
  world.log.add(
    login(startMs + 9500, {
      eventType: "workspace_setting",
      eventSubType: "setting_updated",
      payload: { setting: "ai_toggle", previousValue: "false", value: "true" },
    }),
  );
  await world.runFor(5 * minute);
  return world;
}

describe("GET /metrics", () => {
  it("counts what the receivers and the source saw", async () => {
    const world = await busyWorld();
    const { value, histogram } = read(exposition(world));
    expect(value("tidemark_events_total", { type: "user_access.login" })).toBe(7);
    expect(value("tidemark_events_total", { type: "custom_role.role_created" })).toBe(1);
    const deliveries = (outcome: string) =>
      value("tidemark_deliveries_total", { destination: "siem", outcome });
    expect(deliveries("delivered")).toBe(world.inbox("siem").received.length);
    expect(deliveries("filtered")).toBe(2);
    const ai = { rule: "setting.ai_switched_on", severity: "medium" };
    expect(value("tidemark_findings_total", ai)).toBe(1);
    const failed = value("tidemark_requests_total", { destination: "down", outcome: "retry" });
    expect(failed).toBe(world.inbox("down").requests);
    expect(value("tidemark_source_requests_total", { status: "200" })).toBe(
      world.api.counts.requests,
    );
    expect(value("tidemark_backlog_events", { destination: "down" })).toBe(9);
    expect(value("tidemark_destination_state", { destination: "down", state: "waiting" })).toBe(1);
    expect(value("tidemark_workspace_state", { state: "active" })).toBe(1);
    expect(value("tidemark_kv_writes_today")).toBe(world.kv.writes);
    expect(value("tidemark_run_requests_limit")).toBe(45);
    expect(histogram("tidemark_delivery_lag_seconds")?.buckets?.["+Inf"]).toBe("7");
  });

  it("has cumulative buckets, the last of which is the count", async () => {
    const lines = exposition(await busyWorld()).split("\n");
    const bucket = /^tidemark_delivery_lag_seconds_bucket\{.*destination="siem".*\} (\d+)$/;
    const counts = lines.flatMap((line) => bucket.exec(line)?.slice(1).map(Number) ?? []);
    expect(counts.length).toBe(14);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(7);
  });

  it("goes on counting where it was after a restart, but for the last minute", async () => {
    const world = await busyWorld();
    await world.runFor(2 * minute);
    const before = read(exposition(world)).value("tidemark_polls_total", { outcome: "ok" }) ?? 0;
    world.restart();
    await world.run();
    const after = read(exposition(world)).value("tidemark_polls_total", { outcome: "ok" }) ?? 0;
    expect(after).toBeGreaterThan(before - 7);
    expect(after).toBeLessThanOrEqual(before + 1);
  });

  it("keeps each metric in its place when a label holds what the format uses", () => {
    const text = toPrometheus([], 'a"b\\c\nd');
    expect(text).toContain('tidemark_info{version="a\\"b\\\\c\\nd"} 1\n');
  });

  it("tells the version of package.json", () => {
    expect(version).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
  });
});

const promtool = (arguments_: string[], input = "") =>
  spawnSync("promtool", arguments_, { input, encoding: "utf8", cwd: root });
const missing = promtool(["--version"]).error !== undefined;

describe("Prometheus' promtool (needs the package prometheus)", () => {
  it.skipIf(missing)("finds nothing to say of the metrics", async () => {
    const { status, stderr, stdout } = promtool(
      ["check", "metrics"],
      exposition(await busyWorld()),
    );
    expect([stdout + stderr, status]).toEqual(["", 0]);
  });

  it.skipIf(missing)(
    "accepts the alert rules, which fire and are silent as their tests say",
    () => {
      const { status, stdout, stderr } = promtool([
        "test",
        "rules",
        "docs/monitoring/alerts.test.yml",
      ]);
      expect([stderr, status], stdout).toEqual(["", 0]);
      expect(promtool(["check", "rules", "docs/monitoring/alerts.yml"]).status).toBe(0);
    },
  );

  it.skipIf(missing)("can read each query of the Grafana dashboard", () => {
    const rules = queries.map(
      (expr, i) => `      - { record: "query:${i}", expr: ${JSON.stringify(expr)} }`,
    );
    const file = join(mkdtempSync(join(tmpdir(), "queries-")), "rules.yml");
    writeFileSync(file, `groups:\n  - name: grafana\n    rules:\n${rules.join("\n")}\n`);
    const { status, stdout, stderr } = promtool(["check", "rules", file]);
    expect(status, stdout + stderr).toBe(0);
  });
});

const grafana = JSON.parse(readFileSync(join(root, "docs/monitoring/grafana.json"), "utf8")) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const queries = grafana.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe("what watches the metrics", () => {
  const rules = readFileSync(join(root, "docs/monitoring/alerts.yml"), "utf8");
  it.each([
    ["the Grafana dashboard", queries.join("\n")],
    ["the alert rules", rules],
  ])("%s asks only for metrics that there are", (_what, text) => {
    const asked = text.match(/tidemark_[a-z_]+/g) ?? [];
    const known = new Set<string>(Object.keys(metrics));
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, "")))).toEqual([]);
  });

  it("has a panel for every metric", () => {
    const shown = queries.join("\n");
    const hidden = Object.keys(metrics).filter((name) => !shown.includes(name));
    // What the state and the lag tell already.
    expect(hidden).toEqual([
      "tidemark_kv_writes_total",
      "tidemark_newest_event_timestamp_seconds",
      "tidemark_mark_timestamp_seconds",
    ]);
  });
});
