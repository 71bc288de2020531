// All routes together, and the document that describes them.
import * as z from "zod";
import { version } from "../version.ts";
import { Api } from "./api.ts";
import { Gate } from "./auth.ts";
import { addDeadLetterRoutes } from "./dead-letters.ts";
import { addDestinationRoutes } from "./destinations.ts";
import { addMetricsRoute } from "./metrics.ts";
import { addMuteRoutes } from "./mutes.ts";
import { toOpenApi } from "./openapi.ts";
import { addProofRoutes } from "./proof.ts";
import { addResyncRoutes } from "./resync.ts";
import { addRuleRoutes } from "./rules.ts";
import { addSlackRoutes } from "./slack.ts";
import { addStoredRoutes } from "./stored.ts";
import { addWorkspaceRoutes } from "./workspaces.ts";

export function createApi(gate = new Gate()): Api {
  const api = new Api(gate);
  addWorkspaceRoutes(api);
  addStoredRoutes(api);
  addResyncRoutes(api);
  addProofRoutes(api);
  addRuleRoutes(api);
  addDestinationRoutes(api);
  addMuteRoutes(api);
  addDeadLetterRoutes(api);
  addMetricsRoute(api);
  addSlackRoutes(api);
  api.route(
    {
      id: "openapi",
      method: "get",
      path: "/openapi.json",
      auth: "none",
      summary: "This API's own description, OpenAPI 3.1",
      success: "The description",
      answer: z.record(z.string(), z.unknown()),
    },
    () => ({ data: toOpenApi(api.specs, version) }),
  );
  return api;
}
