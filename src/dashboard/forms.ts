// What the dashboard's buttons do: the operator's actions, as the API has them.
import type { What } from "../mutes/mute.ts";
import { toWhat } from "../mutes/what.ts";
import { mute, unmute } from "../routes/muting.ts";
import {
  discardDeadLetter,
  pauseDestination,
  resumeDestination,
  retryDeadLetter,
  testDestination,
} from "../routes/operations.ts";
import { applyPlan, planResync } from "../routes/plans.ts";
import { Problem } from "../routes/problem.ts";
import { relayOf } from "../routes/stub.ts";
import { chooseWorkspace } from "../routes/workspace.ts";
import { dayMs, hourMs, parseSpanMs } from "../time.ts";
import { mutesUrl } from "./mutes.tsx";
import { withNotice } from "./notices.ts";
import type { Fields, Site } from "./site.tsx";

const pauses: ReadonlyMap<string, number | null> = new Map([
  ["pause", null],
  ["pause-1h", hourMs],
  ["pause-1d", dayMs],
]);

export function addForms(site: Site): void {
  site.form("/dashboard/sync", "/", async ({ env, config, home }, fields) => {
    const workspace = chooseWorkspace(config, fields.text("workspace"));
    await relayOf(env, workspace).sync();
    return withNotice(home, "synced", workspace);
  });

  site.form("/dashboard/destinations/{name}", "/", async (visit, fields) => {
    const { env, config, caller, nowMs, home } = visit;
    const name = visit.param("name");
    const action = fields.text("do");
    const forMs = pauses.get(action);
    if (forMs !== undefined) {
      await pauseDestination(env, config, name, caller, forMs === null ? null : nowMs + forMs);
      return withNotice(home, "paused", name);
    }
    switch (action) {
      case "test":
        await testDestination(env, config, name);
        return withNotice(home, "tested", name);
      case "resume":
      case "retry":
        await resumeDestination(env, config, name);
        return withNotice(home, action === "retry" ? "retried" : "resumed", name);
    }
    throw unknownAction();
  });

  site.form(
    "/dashboard/dead-letters/{id}",
    "/dashboard/dead-letters",
    async ({ env, config, param, home }, fields) => {
      const back = fields.text("back") === "overview" ? home : "/dashboard/dead-letters";
      switch (fields.text("do")) {
        case "retry":
          await retryDeadLetter(env, config, param("id"));
          return withNotice(back, "letter-retried");
        case "discard":
          await discardDeadLetter(env, config, param("id"));
          return withNotice(back, "letter-discarded");
      }
      throw unknownAction();
    },
  );

  site.form("/dashboard/mutes", "/dashboard/mutes", async (visit, fields) => {
    const { env, config, caller, nowMs } = visit;
    const workspace = chooseWorkspace(config, fields.text("workspace"));
    const forMs = parseSpanMs(fields.text("for"));
    const reason = fields.text("reason").trim();
    if (reason.length > 300) throw new Problem(422, "Why: expected at most 300 characters");
    const wish = {
      ...whatOf(fields),
      destinations: fields.all("destination").filter((name) => name !== ""),
      untilMs: nowMs + (forMs ?? 0),
      reason: reason === "" ? null : reason,
      includeHigh: fields.text("high") === "yes",
      workspaces: [workspace],
    };
    await mute(env, config, caller, wish, nowMs);
    return withNotice(mutesUrl(workspace), "muted");
  });

  site.form("/dashboard/mutes/{id}", "/dashboard/mutes", async (visit, fields) => {
    const { env, config, caller, param, home } = visit;
    const { workspace } = await unmute(env, config, caller, param("id"));
    const back = fields.text("back") === "mutes" ? mutesUrl(workspace) : home;
    return withNotice(back, "unmuted");
  });

  site.form("/dashboard/resync", "/dashboard/resync", async ({ env, config }, fields) => {
    const workspace = chooseWorkspace(config, fields.text("workspace"));
    const from = momentOf(fields, "from");
    if (from === null) throw new Problem(422, "From: is missing");
    const destinations = fields.all("destination");
    if (destinations.length === 0)
      throw new Problem(422, "Destinations: none is chosen; choose at least one");
    const report = await planResync(env, config, "", {
      workspace,
      fromMs: from,
      toMs: momentOf(fields, "to"),
      destinations,
      redeliver: fields.text("redeliver") === "yes",
    });
    return planUrl(`${workspace}:${report.id}`);
  });

  site.form("/dashboard/resync/{plan}", "/dashboard/resync", async ({ env, config, param }) => {
    const { unread } = await applyPlan(env, config, param("plan"));
    if (unread !== null) throw new Problem(503, `${unread} Nothing was sent; try again.`);
    return withNotice(planUrl(param("plan")), "applied");
  });
}

function planUrl(plan: string): string {
  return `/dashboard/resync/${encodeURIComponent(plan)}`;
}

/** What was typed, or the type or the actor of the event whose page it comes from. */
function whatOf(fields: Fields): What {
  const [type, actor] = [fields.text("type"), fields.text("actor")];
  const none = { only: [], where: {}, rules: [] };
  if (type !== "") return { ...none, only: [type] };
  if (actor !== "")
    return { ...none, where: { [actor.includes("@") ? "actor.email" : "actor.id"]: actor } };
  const what = toWhat(fields.text("what"));
  if (typeof what === "string") throw new Problem(422, what);
  return what;
}

/** Of an input of type datetime-local, as UTC; null where it was left empty. */
function momentOf(fields: Fields, name: "from" | "to"): number | null {
  const text = fields.text(name);
  if (text === "") return null;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)
    ? Date.parse(`${text}Z`)
    : Number.NaN;
  if (Number.isNaN(ms)) throw new Problem(422, `${name}: expected a time like 2026-11-23T10:00`);
  return ms;
}

function unknownAction(): Problem {
  return new Problem(422, "This is no action of the dashboard.");
}
