// What Slack sends with a slash command: https://docs.slack.dev/interactivity/implementing-slash-commands
import * as z from "zod";

const field = (what: string) => z.string().default("").describe(what);

/** What is read of it; Slack sends more. */
export const slackForm = z.object({
  command: field("As it was made in the Slack app: `/tidemark`"),
  text: field("What was typed behind it"),
  user_id: field("Who typed it"),
  user_name: field("Their name, for people to read"),
  response_url: field("Where a later answer goes: five at most, within 30 minutes"),
  ssl_check: field("`1` where Slack only tries the connection"),
});

type SlackForm = z.infer<typeof slackForm>;

/** Of a field that comes twice, the first counts. */
export function parseForm(body: Uint8Array): SlackForm {
  const fields = new URLSearchParams(new TextDecoder().decode(body));
  return slackForm.parse(Object.fromEntries([...fields].reverse()));
}

/** As people type it; the name that the docs give it, where Slack does not tell a sound one. */
export function commandName({ command }: SlackForm): string {
  return /^\/[\w-]{1,32}$/.test(command) ? command : "/tidemark";
}

const slackHosts: ReadonlySet<string> = new Set(["hooks.slack.com", "hooks.slack-gov.com"]);

/** Whether an answer may be sent there: an address at Slack and nowhere else. */
export function isResponseUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    url.protocol === "https:" &&
    slackHosts.has(url.host) &&
    url.username === "" &&
    url.password === ""
  );
}
