// The vendors' intakes that the sandbox has: one for each type of destination that is not `slack` or `webhook`.
import type { Vendor } from "../vendor.ts";
import { betterstack } from "./betterstack.ts";
import { datadog } from "./datadog.ts";
import { googleSecops } from "./google-secops.ts";
import { newrelic } from "./newrelic.ts";
import { runreveal } from "./runreveal.ts";
import { sentinel } from "./sentinel.ts";

export const vendors: readonly Vendor[] = [
  datadog,
  sentinel,
  newrelic,
  betterstack,
  googleSecops,
  runreveal,
];
