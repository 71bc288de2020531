// All destination types. One more is one file, one line here, one test file and one README row.
import { type AnyDestinationType, erase } from "./bind.ts";
import { cribl } from "./cribl.ts";
import { datadog } from "./datadog.ts";
import { panther } from "./panther.ts";
import { r2 } from "./r2.ts";
import { slack } from "./slack.ts";
import { splunk } from "./splunk.ts";
import { sumologic } from "./sumologic.ts";
import { webhook } from "./webhook.ts";

export const destinationTypes: readonly AnyDestinationType[] = [
  erase(slack),
  erase(webhook),
  erase(datadog),
  erase(r2),
  erase(splunk),
  erase(cribl),
  erase(sumologic),
  erase(panther),
];
