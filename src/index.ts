// The Worker's entry: HTTP, the cron's heartbeat, and the Durable Object's class.
import type { Env } from "./env.ts";
import { jsonLog, redactor } from "./log.ts";
import { createApi } from "./routes/app.ts";
import { relayOf } from "./routes/stub.ts";

export { Relay } from "./relay.ts";

const api = createApi();

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
