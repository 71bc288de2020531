// How things stand, pulling by hand, and a live look at the log.
import * as z from "zod";
import type { Config } from "../config.ts";
import { auditEventSchema, severities } from "../event/event.ts";
import { toWhere, typePatterns, type Where } from "../filter/where.ts";
import { formats } from "../formats/registry.ts";
import { knownTypes, matchesKnownType } from "../route.ts";
import { isObject } from "../source/record.ts";
import { isWell, workspaceStates } from "../status.ts";
import { dayMs, hourMs, toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { wholeNumber } from "./check.ts";
import { Problem } from "./problem.ts";
import { moment, oneWorkspace, reportSchema, statusSchema, time } from "./schemas.ts";
import { storedSummary, toSummary } from "./stored-schemas.ts";
import { relayOf, rollInUse, rollOf } from "./stub.ts";
import { noteVisit } from "./visits.ts";
import { chooseWorkspace, chooseWorkspaces, knowing } from "./workspace.ts";

const unread = "The audit log could not be read; the same document says why";

export function addWorkspaceRoutes(api: Api): void {
  api.route(
    {
      id: "health",
      method: "get",
      path: "/health",
      auth: "none",
      summary:
        "Whether Webflow can be read and every destination takes its events: 200 or 503, one word per workspace, and one for all that are stored",
      success: "Webflow can be read, and every destination takes its events",
      // Monitors like to add a parameter that defeats caches.
      query: z.looseObject({}),
      answer: z.object({
        status: z.enum(["ok", "failing", "misconfigured"]),
        workspaces: z.array(z.enum([...workspaceStates, "undelivered"])),
        stored: z
          .enum(["ok", "failing"])
          .optional()
          .describe(
            "failing: none of them is read well, or nobody has looked at any for a whole round and five minutes",
          ),
      }),
      alsoAnswers: { 503: "Something is wrong; the same document" },
    },
    async ({ env, parsed }) => {
      if (!parsed.ok) return { status: 503, data: { status: "misconfigured", workspaces: [] } };
      const [summary, ...states] = await Promise.all([
        rollInUse(env)?.summary(),
        ...parsed.config.workspaces.map(({ id }) => relayOf(env, id).health()),
      ]);
      // Of a thousand some are always not well: that is told at GET /workspaces, and wakes nobody.
      const stored = summary && summary.total > 0 ? [toSummary(summary).well] : [];
      const failing = !states.every(isWell) || stored.includes(false);
      const words = stored.map((well) => ({ stored: well ? "ok" : "failing" }));
      const data = Object.assign({ workspaces: states }, ...words);
      return failing
        ? { status: 503, data: { status: "failing", ...data } }
        : { data: { status: "ok", ...data } };
    },
  );

  api.route(
    {
      id: "status",
      method: "get",
      path: "/status",
      auth: "admin",
      summary:
        "State, mark, lag and last error of each workspace and destination; of a stored one with `workspace`",
      query: oneWorkspace,
      problems: { 404: "No such workspace" },
      success: "How things stand",
      answer: z.object({
        warnings: z.array(z.string()).describe("What looks like a slip in the configuration"),
        workspaces: z.array(statusSchema),
        stored: storedSummary.optional().describe("The others, by state; see GET /workspaces"),
      }),
    },
    async ({ env, query, config, request }) => {
      const known = await knowing(env, config(), query.workspace);
      const ids = chooseWorkspaces(known, query.workspace);
      await noteVisit(env, request.url, ids);
      const [summary, ...workspaces] = await Promise.all([
        query.workspace === undefined ? rollOf(env)?.summary() : undefined,
        ...ids.map((id) => relayOf(env, id).status()),
      ]);
      const stored = summary && summary.total > 0 ? { stored: toSummary(summary) } : {};
      return { data: { warnings: config().warnings, workspaces, ...stored } };
    },
  );

  api.route(
    {
      id: "sync",
      method: "post",
      path: "/sync",
      auth: "admin",
      summary:
        "Pull and deliver now; with `from`, read again from there what a destination does not have yet",
      body: z.strictObject({
        from: moment.optional().describe("Read again from this time on"),
        workspace: z.string().optional().describe("Only this workspace"),
      }),
      success: "What was read and sent",
      answer: z.object({
        workspaces: z.array(
          z.object({ workspace: z.string(), report: reportSchema, status: statusSchema }),
        ),
      }),
      alsoAnswers: { 502: unread },
      problems: { 404: "No such workspace" },
    },
    async ({ env, body, config }) => {
      const settings = config();
      const fromMs = body.from === undefined ? undefined : Date.parse(body.from);
      if (fromMs !== undefined) checkFrom(fromMs, settings);
      const known = await knowing(env, settings, body.workspace);
      const chosen = chooseWorkspaces(known, body.workspace);
      const workspaces = await Promise.all(
        chosen.map(async (workspace) => {
          const relay = relayOf(env, workspace);
          const report = await relay.sync(fromMs);
          return { workspace, report, status: await relay.status() };
        }),
      );
      const read = workspaces.every(({ report }) => report.source === "ok");
      return { ...(!read && { status: 502 }), data: { workspaces } };
    },
  );

  api.route(
    {
      id: "events",
      method: "get",
      path: "/events",
      auth: "admin",
      summary: "A live look at the audit log as normalized events, oldest first",
      query: z.strictObject({
        workspace: z
          .string()
          .optional()
          .describe("Its id in the configuration; default: the only one"),
        from: moment.optional().describe("Events from this time on; default: one hour ago"),
        to: moment.optional().describe("Events up to this time; default: now"),
        type: z
          .string()
          .min(1, { error: "expected a type or a wildcard, e.g. workspace_membership.*" })
          .default("*")
          .describe("Type, `*` as wildcard, e.g. `workspace_membership.*`"),
        minSeverity: z.enum(severities).default("info").describe("The least severity"),
        where: z
          .string()
          .optional()
          .describe(
            'A filter like a destination\'s `where`, as JSON: `{"actor.email": "*@example.com"}`',
          ),
        limit: wholeNumber(1, 500).default(100).describe("About so many: seconds are never cut"),
        format: z
          .enum(formats.map(({ name }) => name))
          .default("event")
          .describe("What each event looks like"),
      }),
      success: "The events",
      answer: z.object({
        events: z.array(z.union([auditEventSchema, z.unknown()])),
        next: time.describe("Go on with `from` = this; null at the end"),
        problem: z
          .string()
          .nullable()
          .describe("Why reading ended early, or why nothing can be found"),
      }),
      alsoAnswers: { 502: unread },
      problems: { 404: "No such workspace" },
    },
    async ({ env, query, config }) => {
      const known = await knowing(env, config(), query.workspace);
      const workspace = chooseWorkspace(known, query.workspace);
      const { from, to, type, minSeverity, limit, format } = query;
      const nowMs = Date.now();
      const fromMs = from === undefined ? nowMs - hourMs : Date.parse(from);
      const toMs = to === undefined ? undefined : Date.parse(to);
      if (fromMs > nowMs) throw new Problem(422, "query.from: is in the future");
      if (toMs !== undefined && toMs < fromMs) {
        throw new Problem(
          422,
          `query.to: is before ${from === undefined ? "one hour ago" : "from"}`,
        );
      }
      const where = query.where === undefined ? undefined : parseWhere(query.where);
      const { problem, ...seen } = await relayOf(env, workspace).look({
        fromMs,
        ...(toMs !== undefined && { toMs }),
        only: [type],
        minSeverity,
        ...(where && { where: where.table }),
        limit,
        format,
      });
      const types = [type, ...(where ? typePatterns(where) : [])];
      return {
        ...(problem !== null && { status: 502 }),
        data: { ...seen, problem: problem ?? unknownTypes(types) },
      };
    },
  );
}

function unknownTypes(patterns: readonly string[]): string | null {
  const pattern = patterns.find((one) => !matchesKnownType(one));
  if (pattern === undefined) return null;
  return `type ${pattern} matches none of the types known today: ${knownTypes.join(", ")}`;
}

function parseWhere(text: string): Where {
  const compiled = toWhere(parseTable(text));
  if (compiled.ok) return compiled.where;
  throw new Problem(422, compiled.problems.map((problem) => `query.where: ${problem}`).join("; "));
}

function parseTable(text: string): Readonly<Record<string, unknown>> {
  try {
    const table: unknown = JSON.parse(text);
    if (isObject(table)) return table;
  } catch {
    // Told below: what was expected is the same.
  }
  throw new Problem(
    422,
    'query.where: expected a filter as JSON, URL-encoded, e.g. {"actor.email": "*@example.com"}',
  );
}

/** The ledger tells what was sent only as far back as it remembers: further back, all would be sent again. */
function checkFrom(fromMs: number, { memoryDays }: Config): void {
  const nowMs = Date.now();
  if (fromMs > nowMs) throw new Problem(422, "body.from: is in the future");
  if (fromMs < nowMs - memoryDays * dayMs) {
    throw new Problem(
      422,
      `body.from: is more than ${memoryDays} days ago, and what was sent is remembered for MEMORY_DAYS = ${memoryDays}. For older events, add a destination with start = ${JSON.stringify(toIso(fromMs))}.`,
    );
  }
}
