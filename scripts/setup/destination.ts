// One clearly marked test message to a destination, sent and judged as the Worker does it, and the answer in words.
import type { DestinationConfig } from "../../src/config.ts";
import { Sender } from "../../src/deliver.ts";
import type { Outcome } from "../../src/destinations/destination.ts";
import { advice } from "../../src/routes/operations.ts";
import { testDestination } from "../../src/test-event.ts";
import { ofOne } from "../../src/verdicts.ts";
import { type Finding, failure, ok } from "./finding.ts";
import type { World } from "./world.ts";

export async function sendTest(
  world: World,
  config: DestinationConfig,
  workspace: string,
): Promise<Finding> {
  const { name, destination } = config;
  const check = `destination ${name}`;
  if (destination.binding)
    return ok(check, `${destination.type}: not tested, only the Worker reaches its bucket`);
  const sender = new Sender(world, destination);
  const lane = {
    // Never "spent": its requests are not counted.
    try: async (letter: Parameters<Sender["send"]>[0][number]) =>
      ofOne((await sender.send([letter], "usual", () => true)) as Outcome),
  };
  const ports = { clock: world.clock, random: Math.random };
  const { outcome, detail } = await testDestination(ports, { config, lane }, workspace);
  if (outcome === "delivered") return ok(check, detail);
  const word = destination.type === "slack" ? /[a-z_]+$/.exec(detail)?.[0] : undefined;
  return failure(check, detail, slackRemedies[word ?? ""] ?? advice[outcome]);
}

const newHook =
  "Make a new one at https://api.slack.com/apps > your app > Incoming Webhooks > Add New Webhook, and set its URL.";
const gone =
  "The webhook was removed, or its URL is not copied whole. Copy it again from https://api.slack.com/apps > your app > Incoming Webhooks, or make a new one there (Add New Webhook).";
const askAdmin =
  "An admin of your Slack workspace has restricted posting there: ask for leave, or choose another channel.";

/** Slack's own word -> what to do. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const slackRemedies: Readonly<Record<string, string>> = {
  no_service: gone,
  no_service_id: gone,
  no_active_hooks: gone,
  invalid_token: `The last part of the URL is not the one that Slack knows, or the app was removed. ${newHook}`,
  no_team: `Slack knows no workspace of this URL: it is not copied whole, or the workspace was deleted. ${newHook}`,
  team_disabled: "This Slack workspace is disabled. Use a webhook of another one.",
  channel_not_found: `The webhook's channel was deleted. ${newHook}`,
  channel_is_archived: `The webhook's channel is archived. Unarchive it in Slack, or choose another. ${newHook}`,
  action_prohibited: askAdmin,
  posting_to_general_channel_denied: askAdmin,
  rate_limited:
    "Another program posts through the same webhook. Wait a minute, or give Tidemark one of its own.",
};
