// The vendors' intakes that the sandbox has: one for each type of destination that is not `slack` or `webhook`.
import type { Vendor } from "../vendor.ts";
import { cribl } from "./cribl.ts";
import { datadog } from "./datadog.ts";
import { panther } from "./panther.ts";
import { r2 } from "./r2.ts";
import { splunk } from "./splunk.ts";
import { sumologic } from "./sumologic.ts";

export const vendors: readonly Vendor[] = [datadog, r2, splunk, cribl, sumologic, panther];
