// The vendors' intakes that the sandbox has: one for each type of destination that is not `slack` or `webhook`.
import type { Vendor } from "../vendor.ts";
import { axiom } from "./axiom.ts";
import { betterstack } from "./betterstack.ts";
import { cribl } from "./cribl.ts";
import { datadog } from "./datadog.ts";
import { discord } from "./discord.ts";
import { elastic } from "./elastic.ts";
import { googleChat } from "./google-chat.ts";
import { googleSecops } from "./google-secops.ts";
import { loki } from "./loki.ts";
import { newrelic } from "./newrelic.ts";
import { otlp } from "./otlp.ts";
import { pagerduty } from "./pagerduty.ts";
import { panther } from "./panther.ts";
import { r2 } from "./r2.ts";
import { runreveal } from "./runreveal.ts";
import { sentinel } from "./sentinel.ts";
import { splunk } from "./splunk.ts";
import { sumologic } from "./sumologic.ts";
import { teams } from "./teams.ts";

export const vendors: readonly Vendor[] = [
  teams,
  discord,
  googleChat,
  pagerduty,
  r2,
  splunk,
  datadog,
  elastic,
  sentinel,
  sumologic,
  googleSecops,
  panther,
  runreveal,
  loki,
  newrelic,
  otlp,
  cribl,
  axiom,
  betterstack,
];
