// The proof: a receipt for each hour, and what became of one event.
import * as z from "zod";
import { causes, type Explanation } from "../proof/explain.ts";
import { receiptText } from "../proof/receipt-text.ts";
import { receiptStates } from "../proof/receipts.ts";
import { dayMs } from "../time.ts";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";
import { findingSchema, moment, oneWorkspace, time } from "./schemas.ts";
import { relayOf } from "./stub.ts";
import { chooseWorkspaces, knowing } from "./workspace.ts";

const mostDays = 31;
const count = z.number().int();

const receiptSchema = z.object({
  workspace: z.string(),
  from: z.string().describe("The first instant of the hour"),
  to: z.string().describe("The first instant after it"),
  state: z
    .enum(receiptStates)
    .describe(
      "open: not over, or not counted yet. quiet: polled well, and the source counts none. complete: every event has reached every destination that takes it. late: complete, and some came late. blind: for a while the source could not be read. shortfall: something is missing somewhere; `shortfall` and `note` say what and why",
    ),
  final: z.boolean().describe("Nothing in it is expected to change"),
  sourceTotal: count.nullable().describe("Events of this hour by the source's own count"),
  countedAt: time,
  events: count.describe("Distinct events seen"),
  late: count.describe("Of these, seen only when the log had been read past their time"),
  polls: count.describe("Polls that went well; at least so many"),
  failedPolls: count,
  unreadSeconds: count.describe("For so long the source could not be read, or was not"),
  note: z.string().nullable().describe("What a reader should know besides"),
  destinations: z.record(
    z.string(),
    z.object({
      delivered: count,
      filtered: count.describe("Not taken by its filter"),
      deadLettered: count.describe("Refused for good, or discarded by an operator"),
      pending: count.describe("Owed, and without an outcome yet"),
      notOwed: count.describe("From before its start, or given up by a mark set by hand"),
      shortfall: z.string().nullable().describe("Why not all was delivered"),
    }),
  ),
  signature: z
    .string()
    .nullable()
    .describe(
      "Compact JWS (EdDSA) whose payload is this receipt without this member; null while it is open",
    ),
});

const keySchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string().describe("The key's thumbprint (RFC 7638)"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
});

const explanationSchema = z.object({
  event: z.string(),
  workspace: z.string(),
  time: z.string().describe("When it happened"),
  summary: z.string().nullable(),
  problem: z.string().nullable().describe("Why it could not be read again"),
  firstSeen: z
    .object({
      at: z.string(),
      run: z.object({ startedAt: z.string(), trigger: z.string().nullable() }).nullable(),
    })
    .nullable(),
  judged: z
    .enum(["new", "late", "unseen", "forgotten"])
    .describe(
      "late: the log had been read past its time. unseen: no run has read it yet. forgotten: older than the ledger remembers",
    ),
  twin: z
    .object({ of: z.string(), ordinal: count })
    .nullable()
    .describe("Which of several truly equal events it is"),
  knownGood: z
    .array(z.string())
    .describe(
      "Entries of KNOWN_GOOD that it fits today: the rules that they name find nothing in it",
    ),
  findings: z
    .array(
      findingSchema.extend({
        onEvent: z
          .boolean()
          .describe("Stands on the event itself, where a destination has `findings = true`"),
      }),
    )
    .describe("What rules say of it, or of others on its evidence"),
  destinations: z.array(
    z.object({
      name: z.string(),
      cause: z.enum(causes).describe("What became of it"),
      because: z.string(),
      at: time,
      filter: z.object({ takes: z.boolean(), because: z.string() }).nullable(),
      attempts: z.array(
        z.object({
          outcome: z.enum(["retry", "reject", "halt"]),
          reason: z.string(),
          first: z.string(),
          last: z.string(),
          times: count,
          events: count.describe("How many events travelled in the request"),
        }),
      ),
      nextAttempt: time,
      deadLetter: z.string().nullable().describe("Its id in GET /dead-letters"),
    }),
  ),
});

export function addProofRoutes(api: Api): void {
  api.route(
    {
      id: "receipts",
      method: "get",
      path: "/receipts",
      auth: "admin",
      summary:
        "Completeness receipts, one for each whole hour: what the source counts, and what became of it at each destination; with `Accept: text/plain` to read",
      query: z.strictObject({
        workspace: z.string().optional().describe("Only this workspace"),
        from: moment.optional().describe("Hours that begin then or later; default: 24 hours ago"),
        to: moment
          .optional()
          .describe(`Hours that begin before; default: now, at most ${mostDays} days on`),
      }),
      success: "The receipts, oldest first, and the keys they are signed with",
      answer: z.object({ receipts: z.array(receiptSchema), keys: z.array(keySchema) }),
      text: true,
      problems: { 404: "No such workspace" },
    },
    async ({ env, query, config }) => {
      const nowMs = Date.now();
      const toMs = query.to === undefined ? nowMs : Date.parse(query.to);
      const fromMs = query.from === undefined ? toMs - dayMs : Date.parse(query.from);
      if (toMs < fromMs) throw new Problem(422, "query.to: is before from");
      if (toMs - fromMs > mostDays * dayMs)
        throw new Problem(422, `query.to: is more than ${mostDays} days after from; ask for less`);
      const known = await knowing(env, config(), query.workspace);
      const relays = chooseWorkspaces(known, query.workspace).map((id) => relayOf(env, id));
      const receipts = await Promise.all(relays.map((relay) => relay.receipts(fromMs, toMs)));
      const keys = await Promise.all(relays.map((relay) => relay.receiptKey()));
      return {
        data: { receipts: receipts.flat(), keys },
        text: receipts.map(receiptText).join("\n"),
      };
    },
  );

  api.route(
    {
      id: "receiptKeys",
      method: "get",
      path: "/receipts/keys",
      auth: "admin",
      summary: "The public keys with which receipts can be checked, as a JWK Set",
      query: oneWorkspace,
      success: "The keys, one for each workspace",
      problems: { 404: "No such workspace" },
      answer: z.object({ keys: z.array(keySchema) }),
    },
    async ({ env, query, config }) => {
      const known = await knowing(env, config(), query.workspace);
      const ids = chooseWorkspaces(known, query.workspace);
      return { data: { keys: await Promise.all(ids.map((id) => relayOf(env, id).receiptKey())) } };
    },
  );

  api.route(
    {
      id: "explain",
      method: "get",
      path: "/explain/{event}",
      auth: "admin",
      summary:
        "What became of one event: when it was first seen, how it was judged, and at each destination the filter's verdict, every attempt, and the one thing that came of it",
      params: z.object({ event: z.string().describe("An event's id") }),
      query: oneWorkspace,
      success: "The explanation",
      answer: explanationSchema,
      problems: {
        404: "No event of that id was seen, and the log shows none",
        503: "No event of that id was seen, and the log cannot be asked now; or the configuration is broken",
      },
    },
    async ({ env, params, query, config }) => {
      let unread: string | undefined;
      const known = await knowing(env, config(), query.workspace);
      for (const id of chooseWorkspaces(known, query.workspace)) {
        const found = await relayOf(env, id).explain(params.event);
        if (found.kind === "known") return { data: withLetterIds(found.explanation) };
        if (found.kind === "unread") unread = found.problem;
      }
      if (unread !== undefined)
        throw new Problem(
          503,
          `No event ${params.event} was seen, and the log cannot be asked now: ${unread}`,
        );
      throw new Problem(
        404,
        `No event ${params.event} was seen, and the log shows none of that id. Expected an id as destinations get it: 26 characters, perhaps with -2 behind them.`,
      );
    },
  );
}

/** As GET /dead-letters names them. */
function withLetterIds(explanation: Explanation): z.infer<typeof explanationSchema> {
  const { workspace, destinations, findings } = explanation;
  return {
    ...explanation,
    knownGood: [...explanation.knownGood],
    findings: findings.map(({ evidence, ...rest }) => ({ ...rest, evidence: [...evidence] })),
    destinations: destinations.map(({ deadLetter, attempts, ...rest }) => ({
      ...rest,
      attempts: [...attempts],
      deadLetter: deadLetter === null ? null : `${workspace}:${deadLetter}`,
    })),
  };
}
