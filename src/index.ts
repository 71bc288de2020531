// The Worker's entry: HTTP, the cron's heartbeat, and the Durable Object's class.
import * as z from "zod";
import type { Env } from "./env.ts";
import { jsonLog, redactor } from "./log.ts";
import { Api, toOpenApi } from "./routes/api.ts";
import { addDeadLetterRoutes } from "./routes/dead-letters.ts";
import { addDestinationRoutes } from "./routes/destinations.ts";
import { relayOf } from "./routes/stub.ts";
import { addWorkspaceRoutes } from "./routes/workspaces.ts";

export { Relay } from "./relay.ts";

const version = "0.1.0";
const api = new Api();
addWorkspaceRoutes(api);
addDestinationRoutes(api);
addDeadLetterRoutes(api);
api.route(
  {
    method: "get",
    path: "/openapi.json",
    auth: "none",
    summary: "This API's own description",
    answer: z.record(z.string(), z.unknown()),
  },
  () => ({ data: toOpenApi(api.specs, version) }),
);

export default {
  fetch: api.app.fetch,

  async scheduled(_controller, env) {
    const parsed = api.config(env);
    if (!parsed.ok) {
      const log = jsonLog(redactor(parsed.secrets));
      log.error("configuration broken: nothing is pulled or sent", { problems: parsed.problems });
      throw new Error("the configuration is broken: see the log line before this one");
    }
    const beats = await Promise.allSettled(
      parsed.config.workspaces.map(({ id }) => relayOf(env, id).beat()),
    );
    const failed = beats.filter((beat) => beat.status === "rejected");
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason));
  },
} satisfies ExportedHandler<Env>;
