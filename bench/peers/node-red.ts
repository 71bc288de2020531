// Node-RED with a flow that asks again where the receiver refuses: programs/node-red.cjs.
import { signingSecret } from "../world/messages.ts";
import { installed, missingPackages, program } from "./npm.ts";
import { type Peer, sourceToken, workspace } from "./peer.ts";
import { startProcess } from "./process.ts";

export const nodeRed: Peer = {
  name: "Node-RED: a page at once",
  modes: ["single"],
  fansOut: false,
  missing: () => missingPackages("node-red"),
  async start({ world, folder, sinceMs }) {
    const JOB = JSON.stringify({
      base: `${world.origin}/v2`,
      workspace,
      token: sourceToken,
      from: new Date(sinceMs).toISOString(),
      url: `${world.origin}/to/d1`,
      secret: signingSecret,
    });
    const child = startProcess(
      folder,
      process.execPath,
      [installed("node-red/red.js"), "--settings", program("node-red.cjs")],
      { JOB },
    );
    return { processes: [child], go: () => undefined };
  },
};
