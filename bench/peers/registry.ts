// Everyone who takes part. One that is not installed is left out by name.
import type { Built } from "../runtime/build.ts";
import { floors } from "./floor.ts";
import { hands } from "./hand.ts";
import { nodeRed } from "./node-red.ts";
import type { Peer } from "./peer.ts";
import { syslogNgs } from "./syslog-ng.ts";
import { tidemark } from "./tidemark.ts";

export function peers(built: Built): readonly Peer[] {
  return [...floors(built), tidemark(built), ...hands, nodeRed, ...syslogNgs];
}
