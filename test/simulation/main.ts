// npm run sim: random worlds, one for each seed, until so many are lived or the time is over.
//   --seeds N (2000)  --from N (1)  --seconds S or --minutes M  --jobs N   --seed N: one world, and its story on failure
//   --story: the story in any case   --mutants: does it notice classic mistakes?
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Progress } from "../../scripts/progress.ts";
import { type Drawn, draw } from "./draw.ts";
import { proveMutants } from "./mutation.ts";
import { liveAll } from "./pool.ts";
import { shrink } from "./shrink.ts";
import { live } from "./story.ts";
import { useLightWire } from "./wire.ts";
import type { Lived } from "./worker.ts";

const number = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({
  options: {
    seeds: number,
    from: number,
    seed: number,
    seconds: number,
    minutes: number,
    jobs: number,
    only: number,
    story: flag,
    json: flag,
    mutants: flag,
  },
});
const jobs = Number(values.jobs ?? availableParallelism());
const seconds = Number(values.seconds ?? Number(values.minutes ?? Number.NaN) * 60);

const mostLines = 80;

if (values.mutants) process.exitCode = (await proveMutants(values.only, jobs)) ? 0 : 1;
else if (values.seed !== undefined) process.exitCode = (await tell(Number(values.seed))) ? 0 : 1;
else process.exitCode = await liveMany();

/** One world: true when it kept the invariants. */
async function tell(seed: number): Promise<boolean> {
  useLightWire();
  const drawn = draw(seed);
  const outcome = await live(drawn, values.story);
  const [breach] = outcome.breaches;
  if (!breach) {
    console.log(`seed ${seed} keeps the invariants`);
    if (values.story) console.log([...show(drawn), ...outcome.story].join("\n"));
    return true;
  }
  console.log(`seed ${seed} breaks invariant ${breach.invariant}: ${breach.what}`);
  for (const other of outcome.breaches.slice(1, 4))
    console.log(`  also ${other.invariant}: ${other.what}`);
  console.log("a smaller world that fails in the same way:");
  const smaller = await shrink(drawn, outcome);
  const told = await live(smaller.drawn, true);
  console.log(show(smaller.drawn).join("\n"));
  console.log(`invariant ${told.breaches[0]?.invariant}: ${told.breaches[0]?.what}`);
  console.log(cutInTheMiddle(told.story).join("\n"));
  console.log(`replay with: npm run sim -- --seed ${seed}`);
  return false;
}

function cutInTheMiddle(lines: readonly string[]): string[] {
  const left = lines.length - mostLines;
  if (left <= 0) return [...lines];
  return [...lines.slice(0, mostLines - 20), `… ${left} lines …`, ...lines.slice(-20)];
}

function show({ destinations, happenings, traffic, ...rest }: Drawn): string[] {
  const line = (value: unknown) => JSON.stringify(value).replaceAll('"', "");
  return [
    `  world ${line(rest)}`,
    `  traffic ${line(traffic)}`,
    ...destinations.map((destination) => `  destination ${line(destination)}`),
    ...happenings.map((happening) => `  happening ${line(happening)}`),
  ];
}

/** The exit code. */
async function liveMany(): Promise<number> {
  const from = Number(values.from ?? 1);
  const most = Number(values.seeds ?? (Number.isNaN(seconds) ? 2000 : Number.POSITIVE_INFINITY));
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  const total = { seeds: 0, virtualMs: 0, events: 0, deaths: 0, requests: 0, breaches: 0 };
  let failed: Lived | undefined;
  let given = 0;
  const progress = new Progress("worlds");
  await liveAll(
    jobs,
    () => (given < most && !(elapsed() > seconds) ? from + given++ : undefined),
    (lived) => {
      total.seeds += 1;
      for (const name of ["virtualMs", "events", "deaths", "requests"] as const)
        total[name] += lived[name];
      total.breaches += lived.breaches.length;
      if (lived.breaches.length > 0 && (!failed || lived.seed < failed.seed)) failed = lived;
      if (!values.json)
        progress.at({
          done: total.seeds,
          total: Number.isFinite(most) ? most : undefined,
          unit: "seeds",
          ...(!Number.isFinite(most) && { restSeconds: Math.max(0, seconds - elapsed()) }),
        });
      return !failed;
    },
  );
  progress.end();
  const took = elapsed();
  if (values.json) {
    console.log(
      JSON.stringify({ seed: failed?.seed, seeds: total.seeds, took, breach: failed?.breaches[0] }),
    );
    return failed ? 1 : 0;
  }
  if (failed) await tell(failed.seed);
  const hours = Math.round(total.virtualMs / 3_600_000);
  console.log(
    `${total.seeds} seeds, ${hours} virtual hours, ${total.events} events, ${total.deaths} deaths, ${total.requests} requests, ${total.breaches} breaches in ${took.toFixed(1)} s (${Math.round((total.seeds / took) * 60)} seeds a minute)`,
  );
  return failed ? 1 : 0;
}
