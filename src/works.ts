// What a workspace's Durable Object works with, put together: its configuration, the ports to the world, the pipeline.
import { Backtests } from "./backtest.ts";
import type { Config, WorkspaceConfig } from "./config.ts";
import type { Env } from "./env.ts";
import { type Fetch, systemClock } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import { jsonLog, redactor } from "./log.ts";
import type { Ports } from "./ports.ts";
import { putObject } from "./r2.ts";
import { Pipeline } from "./run.ts";
import { Watch } from "./watch.ts";

export interface Works {
  readonly config: Config;
  readonly workspace: WorkspaceConfig;
  readonly ports: Ports;
  readonly pipeline: Pipeline;
  readonly watch: Watch;
  readonly backtests: Backtests;
}

/** `everyMs`: from one visit of the cron to the next, until one says so itself; default: a minute. */
export function openWorks(
  env: Env,
  ledger: Ledger,
  config: Config,
  workspace: WorkspaceConfig,
  internet: Fetch,
  everyMs: number | undefined,
): Works {
  const key = `marks:${workspace.id}`;
  const through = (binding: string, request: Request) =>
    // That it is there was checked with the configuration.
    putObject(Reflect.get(env, binding) as R2Bucket, request);
  const ports: Ports = {
    fetch: (request, binding) =>
      binding === undefined ? internet(request) : through(binding, request),
    clock: systemClock,
    random: Math.random,
    marks: {
      // As fresh as KV gives it: an operator's edit is noticed the sooner.
      read: () => env.MARKS.get(key, { cacheTtl: 30 }),
      write: (value) => env.MARKS.put(key, value),
    },
    ledger,
    log: jsonLog(redactor(config.secrets)),
  };
  for (const warning of config.warnings) ports.log.warn("configuration", { warning });
  const pipeline = new Pipeline(ports, config, workspace);
  const watch = new Watch(ports, pipeline.notices, workspace.id, pipeline.governor, everyMs);
  const { source, toEvent } = pipeline;
  const backtests = new Backtests({
    ...{ ports, source, toEvent, workspaceId: workspace.id },
    knownGood: config.knownGood,
  });
  return { config, workspace, ports, pipeline, watch, backtests };
}

/** Ends what is under way, so that another pipeline can take over: no event is on two ways at once. */
export async function quiet(
  { pipeline }: Pick<Works, "pipeline">,
  runs: ReadonlySet<Promise<unknown>>,
): Promise<void> {
  // What is read from here on is offered to nobody.
  for (const { lane } of pipeline.members) lane.reset();
  // How they ended is told to whoever began them.
  await Promise.allSettled([...runs]);
  for (const { lane } of pipeline.members) lane.reset();
  await Promise.all(pipeline.members.map(({ lane }) => lane.idle()));
}
