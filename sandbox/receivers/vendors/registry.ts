// The vendors' intakes that the sandbox has: one for each type of destination that is not `slack` or `webhook`.
import type { Vendor } from "../vendor.ts";
import { axiom } from "./axiom.ts";
import { datadog } from "./datadog.ts";
import { elastic } from "./elastic.ts";
import { loki } from "./loki.ts";
import { otlp } from "./otlp.ts";
import { r2 } from "./r2.ts";

export const vendors: readonly Vendor[] = [datadog, r2, elastic, loki, axiom, otlp];
