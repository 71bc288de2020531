// A set-up without any account: the sandbox stands in for Webflow and Slack, and the files are written into a folder of
// their own, which git ignores.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { happenings } from "../../sandbox/happenings.ts";
import { scene } from "../../sandbox/scene.ts";
import { systemClock } from "../../src/http.ts";
import type { World } from "./world.ts";

export interface Rehearsal {
  readonly world: World;
  readonly folder: string;
  /** What to give when asked. */
  readonly props: { readonly token: string; readonly hook: string; readonly workspace: string };
}

/** `onMessage` hears the texts that the sandbox's Slack took. */
export function rehearse(folder: string, onMessage: (text: string) => void): Rehearsal {
  const sandbox = join(folder, ".wrangler", "sandbox");
  mkdirSync(sandbox, { recursive: true });
  for (const file of ["wrangler.toml", ".dev.vars.example"])
    if (existsSync(join(folder, file)) && !existsSync(join(sandbox, file)))
      copyFileSync(join(folder, file), join(sandbox, file));
  const { internet, slack, secrets, vars, happen } = scene({ clock: systemClock, seed: 4 });
  for (const name of Object.keys(happenings)) happen(name as keyof typeof happenings);
  slack.onMessage(({ payload: { text = "" } }) => onMessage(text.replace(/\s+/g, " ")));
  return {
    world: { fetch: (request) => internet.fetch(request), clock: systemClock },
    folder: sandbox,
    props: {
      token: secrets.WEBFLOW_TOKEN,
      hook: secrets.SLACK_WEBHOOK_URL,
      workspace: vars.WORKSPACES[0]?.id ?? "",
    },
  };
}
