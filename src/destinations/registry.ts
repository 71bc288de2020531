// All destination types. One more is one file, one line here, one test file and one README row.
import { betterstack } from "./betterstack.ts";
import { type AnyDestinationType, erase } from "./bind.ts";
import { datadog } from "./datadog.ts";
import { googleSecops } from "./google-secops.ts";
import { newrelic } from "./newrelic.ts";
import { runreveal } from "./runreveal.ts";
import { sentinel } from "./sentinel.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

export const destinationTypes: readonly AnyDestinationType[] = [
  erase(slack),
  erase(webhook),
  erase(datadog),
  erase(sentinel),
  erase(newrelic),
  erase(betterstack),
  erase(googleSecops),
  erase(runreveal),
];
