// Slack's command against the Worker in workerd: signed as Slack signs, answered in time, and later where it takes longer.
import { afterEach, expect, it } from "vitest";
import { slackResponses } from "../../sandbox/receivers/slack-responses.ts";
import type { Site } from "../../sandbox/site.ts";
import { systemClock } from "../../src/http.ts";
import type { Answer } from "../../src/slack-command/answer.ts";
import {
  operator,
  shown,
  signingSecret,
  slashForm,
  slashRequest,
} from "../support/slack-command.ts";
import { Deployed, until } from "./deployed.ts";

let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

it("a command is answered within three seconds; with a slow source the answer follows through response_url", async () => {
  const responses = slackResponses({ clock: systemClock });
  /** Both live at hooks.slack.com. */
  const withResponses = (hooks: Site): Site => ({
    fetch: (request) =>
      new URL(request.url).pathname.startsWith("/commands/")
        ? responses.fetch(request)
        : hooks.fetch(request),
  });
  const world = new Deployed({
    // No poll but by hand: where one is reading already, a sync has nothing to read itself.
    vars: { SLACK_OPERATORS: [operator], POLL_SECONDS: 60 },
    siem: { start: "1h" },
    around: (name, site) => (name === "team" ? withResponses(site) : site),
  });
  deployed = world;
  await world.start({ SLACK_SIGNING_SECRET: signingSecret });

  async function type(text: string, fields: Record<string, string> = {}) {
    const body = slashForm({ text, response_url: responses.issue(), ...fields });
    const startedMs = performance.now();
    const response = await world.worker.fetch("/slack/command", slashRequest(body));
    expect(performance.now() - startedMs).toBeLessThan(3000);
    expect(response.status).toBe(200);
    return shown((await response.json()) as Answer);
  }

  const forged = await world.worker.fetch(
    "/slack/command",
    slashRequest(slashForm(), { secret: "another" }),
  );
  expect(forged.status).toBe(401);
  expect(await type("status", { user_id: "U999" })).toMatch(/^You may not use/);

  world.log.add({
    timestamp: new Date().toISOString(),
    eventType: "user_access",
    eventSubType: "login",
    actor: { id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
    payload: { method: "sso" },
  });
  await world.worker.cron();
  await until(
    () => world.siemIds().length >= 1,
    10_000,
    () => JSON.stringify(world.lines),
  );
  const [id = ""] = world.siemIds();
  expect(await type("status")).toMatch(/^\*All is well\*/);
  expect(await type("last 3")).toMatch(new RegExp(`trillian@example\\.com.*\`${id}\``));
  expect(await type(`why ${id}`)).toMatch(/• \*siem\* · \*delivered\*/);
  expect(await type("pause siem for 2h")).toMatch(/^\*siem\* is paused for 2 h/);
  const paused = await type("status");
  expect(paused).toContain(`by @ann in Slack (${operator})`);
  expect(paused).toContain("`/tidemark resume siem`");
  expect(await type("mute user_access.* on siem for 2h because we test")).toMatch(
    /^Muted until .*for \*siem\* in .*\n.*\nTo end it earlier: `\/tidemark unmute .*:1`$/,
  );
  expect(await type("status")).toContain("1 mute: `/tidemark mutes`");
  expect(await type("mutes")).toMatch(/by @ann in Slack \(.*because: we test · 0 events kept back/);
  expect(await type("unmute 1")).toMatch(/^Muted no more/);
  expect(await type("mutes")).toBe("Nothing is muted.");
  const { requests } = world.api.counts;
  expect(await type("resume siem")).toMatch(/^\*siem\* goes on/);
  await until(
    () => world.api.counts.requests > requests,
    10_000,
    () => "the run after the pause has not read",
  );
  expect(responses.taken).toEqual([]);

  Object.assign(world.faults.settings, { slowMs: 3500 });
  world.faults.mix = { rate: 1, kinds: ["slow"] };
  expect(await type("sync")).toMatch(/^Working on it…/);
  await until(
    () => responses.taken.length >= 1,
    25_000,
    () => JSON.stringify(world.lines.slice(-3)),
  );
  expect(responses.taken[0]).toMatchObject({
    response_type: "ephemeral",
    text: "Read: 0 new events",
  });
  expect(responses.taken).toHaveLength(1);
}, 90_000);
