// All destination types, in the order of the README. One more is one file, one line here, one test file, one page.
import { axiom } from "./axiom.ts";
import { betterstack } from "./betterstack.ts";
import { type AnyDestinationType, erase } from "./bind.ts";
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
import { slack } from "./slack.ts";
import { splunk } from "./splunk.ts";
import { sumologic } from "./sumologic.ts";
import { teams } from "./teams.ts";
import { webhook } from "./webhook.ts";

export const destinationTypes: readonly AnyDestinationType[] = [
  erase(slack),
  erase(teams),
  erase(discord),
  erase(googleChat),
  erase(pagerduty),
  erase(webhook),
  erase(r2),
  erase(splunk),
  erase(datadog),
  erase(elastic),
  erase(sentinel),
  erase(sumologic),
  erase(googleSecops),
  erase(panther),
  erase(runreveal),
  erase(loki),
  erase(newrelic),
  erase(otlp),
  erase(cribl),
  erase(axiom),
  erase(betterstack),
];
