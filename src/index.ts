// The Worker's entry: HTTP, the cron's heartbeat, the queue of visits, and the Durable Objects' classes.
import type { Config } from "./config.ts";
import { addDashboard } from "./dashboard/dashboard.ts";
import type { Env } from "./env.ts";
import { heartbeat } from "./heartbeat.ts";
import { internet, systemClock } from "./http.ts";
import { jsonLog, redactor } from "./log.ts";
import { createApi } from "./routes/app.ts";
import { relayOf, rollInUse } from "./routes/stub.ts";
import { isWell } from "./status.ts";
import { goRound, isWellOnTheWhole, type Job, lookAt, type RoundPorts } from "./stored/rounds.ts";

export { Register } from "./register.ts";
export { Relay } from "./relay.ts";

const api = addDashboard(createApi());

export default {
  fetch: api.app.fetch,

  async scheduled(_controller, env) {
    const parsed = api.config(env);
    if (!parsed.ok) {
      const [first, ...more] = parsed.problems;
      const rest = more.length > 0 ? ` (and ${more.length} more: see the log)` : "";
      throw new Error(`the configuration is broken: ${first}${rest}`);
    }
    const { workspaces, requestBudget } = parsed.config;
    const rounds = roundsOf(env);
    const beats = await Promise.allSettled([
      ...workspaces.map(({ id }) => relayOf(env, id).beat()),
      ...(rounds ? [goRound(rounds, requestBudget, env.FANOUT)] : []),
    ]);
    const failed = beats.filter((beat) => beat.status === "rejected");
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason));
    await beatOn(env, parsed.config);
  },

  /** Stored workspaces whose turn it is: those that one invocation of the cron cannot look at. */
  async queue({ messages }, env) {
    const rounds = roundsOf(env);
    for (const message of messages) {
      if (rounds) await lookAt(rounds, message.body);
      message.ack();
    }
  },
} satisfies ExportedHandler<Env, Job>;

function roundsOf(env: Env): RoundPorts | undefined {
  const rounds = rollInUse(env);
  const look: RoundPorts["look"] = (id, glance) => relayOf(env, id).glance(glance);
  return rounds && { rounds, clock: systemClock, look };
}

/** Whoever watches is told that all is well, if it is: by the same rule as at GET /health. */
async function beatOn(env: Env, { heartbeatUrl, workspaces, secrets }: Config): Promise<void> {
  if (heartbeatUrl === null) return;
  const [summary, ...states] = await Promise.all([
    rollInUse(env)?.summary(),
    ...workspaces.map(({ id }) => relayOf(env, id).health()),
  ]);
  const log = jsonLog(redactor(secrets));
  const stored = !summary || isWellOnTheWhole(summary, systemClock.now());
  if (stored && states.every(isWell))
    await heartbeat(heartbeatUrl, { fetch: internet, clock: systemClock, log });
}
