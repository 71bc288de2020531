// The vendors' intakes that the sandbox has: one for each type of destination that is not `slack` or `webhook`.
import type { Vendor } from "../vendor.ts";
import { datadog } from "./datadog.ts";
import { discord } from "./discord.ts";
import { googleChat } from "./google-chat.ts";
import { pagerduty } from "./pagerduty.ts";
import { r2 } from "./r2.ts";
import { teams } from "./teams.ts";

export const vendors: readonly Vendor[] = [datadog, r2, teams, discord, googleChat, pagerduty];
