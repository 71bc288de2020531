// Mutes by an operator, whichever way they come: through the API, the dashboard or Slack.
import type { Env } from "../env.ts";
import { toWhere } from "../filter/where.ts";
import { longestMuteMs, type Mute, type MuteOrder, mostMutes, type What } from "../mutes/mute.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";
import type { Known } from "./workspace.ts";

export interface MuteWish extends Omit<MuteOrder, "destinations"> {
  /** Names; empty = every chat. */
  readonly destinations: readonly string[];
  /** Empty = each whose events go to one of these destinations. */
  readonly workspaces: readonly string[];
}

export interface PlacedMute extends Mute {
  readonly workspace: string;
}

const aSpan = 'a time like "30m", "2h" or "7d", 30 days at most';
const longestWhere = 4000;

/** One in each workspace that it is about. `place` is where mistakes stand, as `body.`. Bad input changes nothing. */
export async function mute(
  env: Env,
  config: Known,
  by: string,
  { workspaces, ...wish }: MuteWish,
  nowMs: number,
  place = "",
): Promise<PlacedMute[]> {
  const destinations = chosenDestinations(config, wish.destinations, place);
  const problems = [...wrongWhat(wish, place), ...wrongTime(wish.untilMs, nowMs, place)];
  if (problems.length > 0) throw new Problem(422, problems.join("; "), problems);
  const orders = config.workspaces
    .map(({ id }) => id)
    .filter((id) => workspaces.length === 0 || workspaces.includes(id))
    .map((id) => ({
      id,
      names: destinations.flatMap((one) =>
        one.workspaces.length === 0 || one.workspaces.includes(id) ? [one.name] : [],
      ),
    }))
    .filter(({ names }) => names.length > 0);
  if (orders.length === 0)
    throw new Problem(422, `${place}destinations: none of them takes events of that workspace`);
  for (const { id } of orders) {
    const active = (await relayOf(env, id).mutes()).filter(
      ({ endedMs, untilMs }) => endedMs === null && untilMs > nowMs,
    );
    if (active.length >= mostMutes) throw full(id);
  }
  return Promise.all(
    orders.map(async ({ id, names }) => {
      const made = await relayOf(env, id).mute({ ...wish, destinations: names }, by);
      if (!made) throw full(id);
      return { ...made, workspace: id };
    }),
  );
}

/** What it kept back stays so. `id` is `<workspace>:<number>`, or the number where there is one workspace. */
export async function unmute(env: Env, config: Known, by: string, id: string): Promise<PlacedMute> {
  const [, given = "", digits = ""] = /^(?:(.+):)?(\d{1,15})$/.exec(id) ?? [];
  const [only, ...more] = config.workspaces.map((known) => known.id);
  const workspace = given === "" && more.length === 0 ? only : given;
  const known = config.workspaces.some((one) => one.id === workspace);
  const ended =
    known && workspace !== undefined && digits !== ""
      ? await relayOf(env, workspace).unmute(Number(digits), by)
      : undefined;
  if (ended && workspace !== undefined) return { ...ended, workspace };
  throw new Problem(404, `There is no mute ${id} under way. Expected an id from GET /mutes.`);
}

/** Of these workspaces, the newest first. */
export async function listMutes(env: Env, workspaces: readonly string[]): Promise<PlacedMute[]> {
  const all = await Promise.all(
    workspaces.map(async (workspace) =>
      (await relayOf(env, workspace).mutes()).map((one) => ({ ...one, workspace })),
    ),
  );
  return all.flat().sort((a, b) => b.sinceMs - a.sinceMs);
}

function full(workspace: string): Problem {
  return new Problem(
    409,
    `There are ${mostMutes} mutes in workspace ${workspace}, as many as there may be. End one first (DELETE /mutes/<id>), or write what is always so into KNOWN_GOOD or a destination's where.`,
  );
}

function chosenDestinations(
  { destinations }: Known,
  names: readonly string[],
  place: string,
): Known["destinations"] {
  const all = destinations.map(({ name }) => name);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new Problem(
      422,
      `${place}destinations: ${unknown.join(", ")}: no such destination; expected one of ${all.join(", ")}`,
    );
  const chats = destinations.filter(({ destination }) => destination?.chat);
  const chosen =
    names.length === 0 ? chats : destinations.filter(({ name }) => names.includes(name));
  if (chosen.length === 0 && destinations.every(({ destination }) => destination === undefined))
    throw new Problem(
      422,
      `${place}destinations: of a stored workspace it is not known here which are chats, so name them; expected some of ${all.join(", ")}`,
    );
  if (chosen.length === 0)
    throw new Problem(
      422,
      `${place}destinations: no chat is configured, which is what a mute is for unless you name others; expected one of ${all.join(", ")}`,
    );
  return chosen;
}

function wrongWhat({ only, where, rules }: What, place: string): string[] {
  if (only.length === 0 && rules.length === 0 && Object.keys(where).length === 0)
    return [
      `${place}only: expected what to mute, by only, where or rules; to hold all that goes to a destination, pause it (POST /destinations/<name>/pause)`,
    ];
  if (JSON.stringify(where).length > longestWhere)
    return [`${place}where: expected at most ${longestWhere} characters`];
  if (only.some((pattern) => pattern.startsWith("tidemark.")))
    return [
      `${place}only: findings are muted by rules, and what Tidemark tells of itself is never muted; expected Webflow's types, e.g. "workspace_membership.*"`,
    ];
  const compiled = toWhere(where);
  return compiled.ok ? [] : compiled.problems.map((problem) => `${place}where: ${problem}`);
}

function wrongTime(untilMs: number, nowMs: number, place: string): string[] {
  // A form that was filled in a moment ago is no mistake.
  const fits = untilMs > nowMs && untilMs <= nowMs + longestMuteMs + 60_000;
  return fits
    ? []
    : [`${place}for: expected ${aSpan}, or an until that is to come, within 30 days`];
}
