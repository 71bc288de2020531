// A drawn world's environment, as wrangler.toml and secrets would hold it.
import { type Config, parseConfig } from "../../src/config.ts";
import type { DrawnDestination } from "./draw.ts";
import { privacy, privacyKey, rulesOf, wheres } from "./guards.ts";
import { vendorOptions } from "./vendors.ts";
import type { World } from "./world.ts";

export const workspaceId = "6621ccb459b561c69f29d57c";
const ownUrl = "https://tidemark.example.workers.dev";
export const secondToken = "ws-token-in-reserve";
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh";

export function configure(world: World): Config {
  const { drawn, token, destinations, requestBudget, receivers, rows } = world;
  const tokens = drawn.secondToken ? ["$WEBFLOW_TOKEN", "$RESERVE_TOKEN"] : "$WEBFLOW_TOKEN";
  const parsed = parseConfig({
    WEBFLOW_TOKEN: token,
    RESERVE_TOKEN: secondToken,
    WORKSPACES: [{ id: workspaceId, token: tokens }],
    DESTINATIONS: destinations.map((one) => toOptions(one, receivers.get(one.name)?.url)),
    POLL_SECONDS: drawn.pollSeconds,
    REQUEST_BUDGET: requestBudget,
    ...(drawn.linked && { PUBLIC_URL: ownUrl }),
    ...((rows === null || requestBudget !== 45) && { REQUEST_BUDGET: requestBudget }),
    PRIVACY_KEY: privacyKey,
    RULES: rulesOf(drawn.settleMinutes),
  });
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  const { plan } = parsed.config;
  if (rows === null) return parsed.config;
  const perDay = { ...plan.perDay, rowsWritten: rows };
  return { ...parsed.config, plan: { ...plan, perDay } };
}

function toOptions(drawn: DrawnDestination, url: string | undefined) {
  const { where, privacy: guarded, rules, findings, maxPerMinute } = drawn;
  const { name, type, batch = false, only, except, minSeverity, start, system } = drawn;
  const own =
    vendorOptions(drawn) ?? (type === "webhook" ? { url, secret: signingSecret, batch } : { url });
  const filter = {
    ...(only && { only }),
    ...(except && { except }),
    ...(minSeverity && { minSeverity }),
    ...(system && { system }),
    ...(type === "slack" && { maxPerMinute }),
    ...(where && { where: wheres[where].table }),
    ...(guarded && { privacy }),
    ...(rules && { rules: ["*"] }),
    ...(findings && { findings }),
  };
  return { name, type, ...own, ...filter, start };
}
