// The metrics, for Prometheus and whatever reads its format.
import * as z from "zod";
import { toPrometheus } from "../metrics.ts";
import { version } from "../version.ts";
import type { Api } from "./api.ts";
import { relayOf } from "./stub.ts";

export function addMetricsRoute(api: Api): void {
  api.route(
    {
      id: "metrics",
      method: "get",
      path: "/metrics",
      auth: "admin",
      summary: "Metrics in Prometheus' text format",
      // Scrapers may add parameters of their own.
      query: z.looseObject({}),
      success: "The metrics of all workspaces",
      answer: z.string(),
      contentType: "text/plain; version=0.0.4; charset=utf-8",
    },
    async ({ env, config }) => {
      const measured = await Promise.all(
        config().workspaces.map(({ id }) => relayOf(env, id).measured()),
      );
      return { data: null, text: toPrometheus(measured, version) };
    },
  );
}
