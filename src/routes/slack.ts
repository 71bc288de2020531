// POST /slack/command: what operators ask and do from Slack.
import * as z from "zod";
import { flatten } from "../destinations/chat/text.ts";
import { internet, systemClock } from "../http.ts";
import { jsonLog, redactor } from "../log.ts";
import { readSecret } from "../secrets.ts";
import { type Answer, toNote } from "../slack-command/answer.ts";
import { commandName, parseForm, slackForm } from "../slack-command/form.ts";
import { inTime, type Ports } from "../slack-command/in-time.ts";
import { parseCommand } from "../slack-command/parse.ts";
import { perform } from "../slack-command/perform.ts";
import {
  brokenAnswer,
  failedAnswer,
  mistakeAnswer,
  refusedAnswer,
  strangerAnswer,
} from "../slack-command/short-answers.ts";
import { isFromSlack } from "../slack-command/verify.ts";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";

const noSecret =
  "Slack's command is not set up here: there is no SLACK_SIGNING_SECRET. It is the Signing Secret of your Slack app (https://api.slack.com/apps, Basic Information, App Credentials); set it with: npx wrangler secret put SLACK_SIGNING_SECRET";
const notSlack =
  "This route is Slack's: the request does not bear its signature, or is older than five minutes. If it came from Slack, SLACK_SIGNING_SECRET is not the Signing Secret of that Slack app.";

export function addSlackRoutes(
  api: Api,
  ports: Ports = { clock: systemClock, fetch: internet },
): void {
  api.route(
    {
      id: "slackCommand",
      method: "post",
      path: "/slack/command",
      auth: "slack",
      summary:
        "The slash command: how things stand, the newest events, what became of one, a run, a pause, a mute; only for SLACK_OPERATORS",
      form: slackForm,
      success: "What the command says to the one who typed it; also what was wrong with it",
      answer: z.object({
        response_type: z.literal("ephemeral"),
        text: z.string(),
        blocks: z.array(z.looseObject({ type: z.string() })),
      }),
      problems: {
        401: "The request does not bear Slack's signature, or is too old",
        404: "SLACK_SIGNING_SECRET is not set",
      },
    },
    async ({ env, parsed, request, waitUntil }) => {
      const secret = readSecret(env, "SLACK_SIGNING_SECRET");
      if (secret === null) throw new Problem(404, noSecret);
      const body = new Uint8Array(await request.arrayBuffer());
      const form = parseForm(body);
      // Slack tries the connection without a signature. Nothing else of such a request is looked at.
      if (form.ssl_check === "1") return { data: toNote("Tidemark is here.") };
      if (!isFromSlack(secret, request.headers, body, ports.clock.now()))
        throw new Problem(401, notSlack);
      if (!parsed.ok) return { data: brokenAnswer };

      const { config } = parsed;
      const redact = redactor(config.secrets);
      const log = jsonLog(redact);
      const { user_id: user, response_url: responseUrl } = form;
      const name = commandName(form);
      if (!config.slackOperators.includes(user)) {
        log.warn("slack command refused: not one of SLACK_OPERATORS", { user });
        return { data: strangerAnswer(user, name) };
      }
      const command = parseCommand(form.text);
      if (command.kind === "mistake")
        return { data: mistakeAnswer(command.what, command.meant, name) };
      log.info("slack command", { user, command: command.kind });
      const by = `@${flatten(form.user_name, 80) || "somebody"} in Slack (${user})`;
      const work = perform(command, env, config, { command: name, by }, ports.clock.now).catch(
        (error: unknown): Answer => {
          if (error instanceof Problem) return refusedAnswer(error.message);
          log.error("slack command failed", { command: command.kind, error });
          return failedAnswer;
        },
      );
      return { data: await inTime(ports, work, { responseUrl, redact, log, waitUntil }) };
    },
  );
}
