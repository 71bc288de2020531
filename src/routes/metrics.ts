// The metrics, for Prometheus and whatever reads its format.
import * as z from "zod";
import { toPrometheus } from "../metrics.ts";
import { version } from "../version.ts";
import type { Api } from "./api.ts";
import { oneWorkspace } from "./schemas.ts";
import { relayOf, rollOf } from "./stub.ts";
import { chooseWorkspaces, knowing } from "./workspace.ts";

export function addMetricsRoute(api: Api): void {
  api.route(
    {
      id: "metrics",
      method: "get",
      path: "/metrics",
      auth: "admin",
      summary: "Metrics in Prometheus' text format",
      // Scrapers may add parameters of their own.
      query: z.looseObject(oneWorkspace.shape),
      success: "The metrics of the workspaces, and how many are stored in which state",
      problems: { 404: "No such workspace" },
      answer: z.string(),
      contentType: "text/plain; version=0.0.4; charset=utf-8",
    },
    async ({ env, query, config }) => {
      const known = await knowing(env, config(), query.workspace);
      const [summary, ...measured] = await Promise.all([
        query.workspace === undefined ? rollOf(env)?.summary() : undefined,
        ...chooseWorkspaces(known, query.workspace).map((id) => relayOf(env, id).measured()),
      ]);
      return { data: null, text: toPrometheus(measured, version, summary?.states) };
    },
  );
}
