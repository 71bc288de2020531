// Invariant 10: a state is only ever claimed on evidence.
import { workspaceHealth, workspaceStatus } from "../../../src/status.ts";
import { workspaceId } from "../configuration.ts";
import type { Process } from "../process.ts";
import type { Truths } from "../truth.ts";
import type { World } from "../world.ts";

const hourMs = 3_600_000;
const blindAfterMs = 300_000;
const slackMs = 1000;

export function judgeStates(
  world: World,
  { ports, pipeline, config }: Process,
  truths: Truths,
): void {
  const { oracle, clock, receivers } = world;
  const { state, destinations } = workspaceStatus(ports, pipeline, config, workspaceId);
  const health = workspaceHealth(ports, pipeline, config);
  const nowMs = clock.now();
  const { lastHeard, lastGoodMs } = oracle;
  const claim = (holds: boolean, what: string) => {
    if (!holds)
      oracle.broken({
        invariant: 10,
        kind: `state-${state}`,
        what: `${state} is claimed, ${what}`,
      });
  };
  const { status, good } = lastHeard ?? {};
  const answered = (holds: boolean) =>
    claim(status === undefined || holds, `but the last answer was ${status}`);
  const readable = state === "active" || state === "quiet";
  if (readable) {
    answered(good === true || status === 400);
    const patienceMs =
      blindAfterMs + config.pollMs + slackMs + world.steppedMs(nowMs - 2 * blindAfterMs);
    claim(nowMs - lastGoodMs <= patienceMs, "but the last good answer is too old");
  }
  const ownNowMs = ports.clock.now();
  if (state === "active")
    claim(
      truths.heardSecond * 1000 > ownNowMs - hourMs - slackMs,
      "but no event of the last hour was shown",
    );
  if (state === "quiet") {
    const young = (atMs: number, timeMs: number) =>
      atMs > oracle.wipedMs && timeMs > ownNowMs - hourMs + slackMs;
    const some = [...receivers.values()].some(({ taken }) =>
      taken.some(({ atMs, truth, learned }) => learned && truth && young(atMs, truth.timeMs)),
    );
    claim(!some, "but a young event was delivered");
  }
  if (state === "refused") claim(!world.drawn.secondToken, "but the second token is good");
  if (state === "refused") answered(status === 401 || status === 403);
  if (state === "throttled") answered(status === 429);
  const stuck = health === "undelivered" || health === state;
  claim(stuck, `but health says ${health}`);
  for (const { name, state: itsState, lagSeconds } of destinations) {
    claim(readable || lagSeconds === null, `and a lag of ${lagSeconds} s for ${name}`);
    const refusedMs = receivers.get(name)?.refusedMs ?? null;
    const held = oracle.isHeld(name);
    claim(
      itsState !== "paused" || refusedMs !== null || held,
      `and ${name} paused, which never refused`,
    );
    const itself = itsState === "paused" || itsState === "starting";
    claim(!held || itself, `and ${name} ${itsState}, which is paused by hand`);
  }
}
