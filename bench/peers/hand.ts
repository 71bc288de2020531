// The careful script by hand: programs/hand.mjs.
import { join } from "node:path";
import { signingSecret } from "../world/messages.ts";
import { missingPackages, program } from "./npm.ts";
import { type Mode, names, type Peer, sourceToken, workspace } from "./peer.ts";
import { startProcess } from "./process.ts";

function hand(name: string, form: string, modes: readonly Mode[]): Peer {
  return {
    name: `script: ${name}`,
    modes,
    fansOut: true,
    missing: () => missingPackages("webflow-api", "@slack/webhook", "standardwebhooks"),
    async start(job) {
      const { world, folder, sinceMs } = job;
      const description = {
        base: `${world.origin}/v2`,
        workspace,
        token: sourceToken,
        sinceMs,
        urls: names(job).map((one) => `${world.origin}/to/${one}`),
        secret: signingSecret,
        form,
        cursorFile: join(folder, "cursor.json"),
      };
      const JOB = JSON.stringify(description);
      const child = startProcess(folder, process.execPath, [program("hand.mjs")], { JOB });
      return { processes: [child], go: () => undefined };
    },
  };
}

export const hands: readonly Peer[] = [
  hand("one by one", "one", ["single"]),
  hand("a page at once", "page", ["single"]),
  hand("Slack, one by one", "slack", ["single"]),
  hand("100 a request", "batch", ["batch"]),
];
