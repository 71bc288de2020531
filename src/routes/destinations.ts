// Trying a destination out.
import * as z from "zod";
import { describedType, describeTypes } from "../destination-types.ts";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";

/** What to do next. */
const advice = {
  retry: "Try again in a moment.",
  reject:
    "The receiver does not take this message: check the destination's type, format and URL in wrangler.toml.",
  halt: "The receiver refuses Tidemark: check the destination's URL and keys, then test it again.",
} as const;

export function addDestinationRoutes(api: Api): void {
  api.route(
    {
      id: "listDestinationTypes",
      method: "get",
      path: "/destinations/types",
      auth: "none",
      summary: "Every type of destination: its options, defaults, limits and formats",
      success: "The types",
      answer: z.object({ types: z.array(describedType) }),
    },
    () => ({ data: { types: describeTypes() } }),
  );
  api.route(
    {
      id: "testDestination",
      method: "post",
      path: "/destinations/{name}/test",
      auth: "admin",
      summary:
        "Send one clearly marked test event and tell what the receiver said; a paused destination that takes it is back in service",
      params: z.object({
        name: z.string().describe("The destination's name in the configuration"),
      }),
      success: "The receiver took the test event",
      answer: z.object({
        destination: z.string(),
        outcome: z.enum(["delivered", "retry", "reject", "halt"]),
        detail: z.string().describe("What the receiver said, and what to do next"),
        event: z.string().describe("Id of the test event"),
      }),
      alsoAnswers: { 502: "The receiver did not take the test event; the same document" },
      problems: { 404: "No such destination" },
    },
    async ({ env, params, config }) => {
      const { destinations, workspaces } = config();
      const found = destinations.find(({ name }) => name === params.name);
      const own = found?.workspaces.length ? found.workspaces : workspaces.map(({ id }) => id);
      const [workspace, ...others] = own;
      const report = found && workspace ? await relayOf(env, workspace).test(found.name) : null;
      if (!report) {
        const names = destinations.map(({ name }) => name).join(", ");
        throw new Problem(
          404,
          `There is no destination ${params.name}. Expected one of: ${names}.`,
        );
      }
      if (report.outcome === "delivered") {
        // Each workspace has its own idea of the destination's health.
        await Promise.all(others.map((id) => relayOf(env, id).revive(report.destination)));
        return { data: report };
      }
      const detail = `${report.detail.replace(/\.?$/, ".")} ${advice[report.outcome]}`;
      return { status: 502, data: { ...report, detail } };
    },
  );
}
