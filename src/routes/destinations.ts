// Trying a destination out.
import * as z from "zod";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";

export function addDestinationRoutes(api: Api): void {
  api.route(
    {
      method: "post",
      path: "/destinations/{name}/test",
      auth: "admin",
      summary: "Send one clearly marked test event and tell what the receiver said",
      params: z.object({ name: z.string() }),
      answer: z.object({
        destination: z.string(),
        outcome: z.enum(["delivered", "retry", "reject", "halt"]),
        detail: z.string(),
        event: z.string().describe("Id of the test event"),
      }),
      problems: { 404: "No such destination" },
    },
    async ({ env, params, config }) => {
      const { destinations, workspaces } = config();
      const found = destinations.find(({ name }) => name === params.name);
      const workspace = found?.workspaces[0] ?? workspaces[0]?.id;
      const report = found && workspace ? await relayOf(env, workspace).test(found.name) : null;
      if (!report) {
        const names = destinations.map(({ name }) => name).join(", ");
        throw new Problem(
          404,
          `There is no destination ${params.name}. Expected one of: ${names}.`,
        );
      }
      return { data: report };
    },
  );
}
