// Dead letters: events that a receiver refused for good, kept with the reason, to be sent again or discarded.
import * as z from "zod";
import { toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { wholeNumber } from "./check.ts";
import { discardDeadLetter, locateLetter, retryDeadLetter } from "./operations.ts";
import { workspaceIn } from "./plans.ts";
import { oneWorkspace } from "./schemas.ts";
import { relayOf } from "./stub.ts";
import { chooseWorkspaces, knowing } from "./workspace.ts";

const schema = z.object({
  id: z.string().describe("`<workspace>:<number>`"),
  destination: z.string().nullable().describe("null for an item that could not be sent to any"),
  event: z.string(),
  reason: z.string(),
  at: z.string(),
  retrying: z.boolean().describe("To be sent again with the next run"),
  item: z.unknown().describe("The item as received"),
});
const params = z.object({ id: z.string().describe("An id from GET /dead-letters") });
const gone = "No such dead letter";

export function addDeadLetterRoutes(api: Api): void {
  api.route(
    {
      id: "deadLetters",
      method: "get",
      path: "/dead-letters",
      auth: "admin",
      summary: "What could not be delivered, newest first",
      query: z.strictObject({
        limit: wholeNumber(1, 200).default(50).describe("At most so many"),
        before: z
          .string()
          .optional()
          .describe("Only those older than this id, of the same workspace"),
        ...oneWorkspace.shape,
      }),
      success: "The dead letters",
      answer: z.object({ deadLetters: z.array(schema) }),
      problems: { 404: gone },
    },
    async ({ env, query, config }) => {
      const named = query.before === undefined ? query.workspace : workspaceIn(query.before);
      const known = await knowing(env, config(), named);
      const before = query.before === undefined ? undefined : locateLetter(known, query.before);
      const workspaces = chooseWorkspaces(known, before?.workspace ?? query.workspace);
      const letters = await Promise.all(
        workspaces.map(async (workspace) =>
          (await relayOf(env, workspace).deadLetters(query.limit, before?.number)).map(
            (letter) => ({
              id: `${workspace}:${letter.id}`,
              destination: letter.destination,
              event: letter.eventId,
              reason: letter.reason,
              at: toIso(letter.atMs),
              retrying: letter.retrying,
              item: JSON.parse(letter.item) as unknown,
            }),
          ),
        ),
      );
      const newestFirst = letters.flat().sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
      return { data: { deadLetters: newestFirst.slice(0, query.limit) } };
    },
  );

  api.route(
    {
      id: "retryDeadLetter",
      method: "post",
      path: "/dead-letters/{id}/retry",
      auth: "admin",
      summary: "Send a dead letter again, now",
      params,
      status: 202,
      success: "Accepted: it is sent again with the next run, which is now",
      answer: z.object({ id: z.string(), retrying: z.literal(true) }),
      problems: { 404: gone, 409: "It cannot be sent: `detail` says why" },
    },
    async ({ env, params, config }) => {
      await retryDeadLetter(env, await knowing(env, config(), workspaceIn(params.id)), params.id);
      return { data: { id: params.id, retrying: true } };
    },
  );

  api.route(
    {
      id: "discardDeadLetter",
      method: "delete",
      path: "/dead-letters/{id}",
      auth: "admin",
      summary: "Discard a dead letter; the event counts as settled",
      params,
      success: "It is discarded",
      answer: z.object({ id: z.string(), discarded: z.literal(true) }),
      problems: { 404: gone },
    },
    async ({ env, params, config }) => {
      await discardDeadLetter(env, await knowing(env, config(), workspaceIn(params.id)), params.id);
      return { data: { id: params.id, discarded: true } };
    },
  );
}
