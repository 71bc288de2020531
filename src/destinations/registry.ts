// All destination types. One more is one file, one line here, one test file and one README row.

import { axiom } from "./axiom.ts";
import { type AnyDestinationType, erase } from "./bind.ts";
import { datadog } from "./datadog.ts";
import { elastic } from "./elastic.ts";
import { loki } from "./loki.ts";
import { otlp } from "./otlp.ts";
import { r2 } from "./r2.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

export const destinationTypes: readonly AnyDestinationType[] = [
  erase(slack),
  erase(webhook),
  erase(datadog),
  erase(r2),
  erase(elastic),
  erase(loki),
  erase(axiom),
  erase(otlp),
];
