// How things stand, pulling by hand, and a live look at the log.
import * as z from "zod";
import type { Config } from "../config.ts";
import { type AuditEvent, auditEventSchema, severities } from "../event/event.ts";
import { formats } from "../formats/registry.ts";
import { workspaceStates } from "../status.ts";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";

const time = z.string().nullable();
const statusSchema = z.object({
  workspace: z.string(),
  state: z.enum(workspaceStates),
  since: time,
  problem: z.string().nullable().describe("What is wrong and what to do about it"),
  lastRead: time,
  newestEvent: time,
  deadLetters: z.number().int(),
  destinations: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      state: z.enum(["starting", "ok", "behind", "waiting", "paused"]),
      through: time.describe("High-water mark: all that the log showed up to here is settled"),
      lagSeconds: z.number(),
      failures: z.number().int(),
      lastError: z.string().nullable(),
      lastErrorAt: time,
      lastDelivered: time,
      nextAttempt: time,
    }),
  ),
});
const count = z.number().int();
const reportSchema = z.object({
  trigger: z.string(),
  startedMs: z.number(),
  tookMs: z.number(),
  sourceRequests: count,
  read: count.describe("Events read, those known already included"),
  fresh: count.describe("Events seen for the first time"),
  unusable: count.describe("Items without a usable timestamp"),
  source: z.string(),
  destinations: z.record(
    z.string(),
    z.object({ delivered: count, dead: count, requests: count, failures: count }),
  ),
});
const moment = z.iso.datetime({
  offset: true,
  error: 'expected a time like "2026-11-23T10:00:00Z"',
});

export function addWorkspaceRoutes(api: Api): void {
  api.route(
    {
      method: "get",
      path: "/health",
      auth: "none",
      summary: "Whether all is well: 200 or 503, and one word per workspace",
      answer: z.object({
        status: z.enum(["ok", "failing", "misconfigured"]),
        workspaces: z.array(z.enum(workspaceStates)),
      }),
      alsoAnswers: { 503: "Something is wrong; the same document" },
    },
    async ({ env, parsed }) => {
      if (!parsed.ok) return { status: 503, data: { status: "misconfigured", workspaces: [] } };
      const all = await Promise.all(
        parsed.config.workspaces.map(({ id }) => relayOf(env, id).status()),
      );
      const states = all.map(({ state }) => state);
      const failing = states.some((state) => state === "refused" || state === "blind");
      return failing
        ? { status: 503, data: { status: "failing", workspaces: states } }
        : { data: { status: "ok", workspaces: states } };
    },
  );

  api.route(
    {
      method: "get",
      path: "/status",
      auth: "admin",
      summary: "State, mark, lag and last error of each workspace and destination",
      answer: z.object({
        warnings: z.array(z.string()).describe("What looks like a slip in the configuration"),
        workspaces: z.array(statusSchema),
      }),
    },
    async ({ env, config }) => {
      const { workspaces, warnings } = config();
      const all = await Promise.all(workspaces.map(({ id }) => relayOf(env, id).status()));
      return { data: { warnings, workspaces: all } };
    },
  );

  api.route(
    {
      method: "post",
      path: "/sync",
      auth: "admin",
      summary:
        "Pull and deliver now; with `from`, read again from there what a destination does not have yet",
      body: z.strictObject({
        from: moment.optional().describe("Read again from this time on"),
        workspace: z.string().optional().describe("Only this workspace"),
      }),
      answer: z.object({
        workspaces: z.array(
          z.object({ workspace: z.string(), report: reportSchema, status: statusSchema }),
        ),
      }),
      problems: { 404: "No such workspace" },
    },
    async ({ env, body, config }) => {
      const settings = config();
      const fromMs = body.from === undefined ? undefined : Date.parse(body.from);
      if (fromMs !== undefined) checkFrom(fromMs, settings);
      const chosen = chooseWorkspaces(settings, body.workspace);
      const workspaces = await Promise.all(
        chosen.map(async (workspace) => {
          const relay = relayOf(env, workspace);
          const report = await relay.sync(fromMs);
          return { workspace, report, status: await relay.status() };
        }),
      );
      return { data: { workspaces } };
    },
  );

  api.route(
    {
      method: "get",
      path: "/events",
      auth: "admin",
      summary: "A live look at the audit log as normalized events, oldest first",
      query: z.strictObject({
        workspace: z.string().optional().describe("Default: the only one"),
        from: moment.optional().describe("Default: one hour ago"),
        to: moment.optional(),
        type: z
          .string()
          .min(1)
          .default("*")
          .describe("Wildcard on the type, e.g. `workspace_membership.*`"),
        minSeverity: z.enum(severities).default("info"),
        limit: z.coerce
          .number()
          .int()
          .min(1)
          .max(500)
          .default(100)
          .describe("About so many: seconds are never cut"),
        format: z.enum(formats.map(({ name }) => name)).default("event"),
      }),
      answer: z.object({
        events: z.array(z.union([auditEventSchema, z.unknown()])),
        next: time.describe("Go on with `from` = this; null at the end"),
        problem: z.string().nullable().describe("Why reading ended early"),
      }),
      problems: { 404: "No such workspace" },
    },
    async ({ env, query, config }) => {
      const workspace = chooseWorkspace(config(), query.workspace);
      const { from, to, type, minSeverity, limit, format } = query;
      const fromMs = from === undefined ? Date.now() - 3_600_000 : Date.parse(from);
      const data: { events: readonly (AuditEvent | unknown)[] } = await relayOf(
        env,
        workspace,
      ).look({
        fromMs,
        ...(to !== undefined && { toMs: Date.parse(to) }),
        only: [type],
        minSeverity,
        limit,
        format,
      });
      return { data };
    },
  );
}

/** The ledger tells what was sent only as far back as it remembers: further back, all would be sent again. */
function checkFrom(fromMs: number, { memoryDays }: Config): void {
  const nowMs = Date.now();
  if (fromMs > nowMs) throw new Problem(422, "body.from: is in the future");
  if (fromMs < nowMs - memoryDays * 86_400_000) {
    throw new Problem(
      422,
      `body.from: is more than ${memoryDays} days ago, and what was sent is remembered for MEMORY_DAYS = ${memoryDays}. For older events, add a destination with start = ${JSON.stringify(new Date(fromMs).toISOString())}.`,
    );
  }
}

function chooseWorkspace(config: Config, wanted: string | undefined): string {
  const [only, ...more] = chooseWorkspaces(config, wanted);
  if (only === undefined || more.length > 0) {
    const ids = config.workspaces.map(({ id }) => id).join(", ");
    throw new Problem(422, `query.workspace: there are several; expected one of: ${ids}.`);
  }
  return only;
}

function chooseWorkspaces({ workspaces }: Config, wanted: string | undefined): string[] {
  const ids = workspaces.map(({ id }) => id);
  if (wanted === undefined) return ids;
  if (!ids.includes(wanted)) {
    throw new Problem(404, `There is no workspace ${wanted}. Expected one of: ${ids.join(", ")}.`);
  }
  return [wanted];
}
