// Workspaces that are stored beside wrangler.toml: put, listed, read with their secrets masked, and deleted.
import * as z from "zod";
import type { Env } from "../env.ts";
import { isSecretName } from "../secrets.ts";
import { Keyring } from "../stored/keyring.ts";
import { mask, seal, unmask, unseal, type Wanted } from "../stored/record.ts";
import { problemsOf, warningsOf } from "../stored/settings.ts";
import { dayMs, toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { wholeNumber } from "./check.ts";
import { expectedVersion, overtaken } from "./precondition.ts";
import { Problem } from "./problem.ts";
import {
  answerSchema,
  bodySchema,
  type listedSchema,
  pageSchema,
  storedId,
} from "./stored-schemas.ts";
import { type RollStub, relayOf, rollOf } from "./stub.ts";
import { noteVisit } from "./visits.ts";

const params = z.object({ id: storedId });
const unknown = { 404: "No such workspace is stored" };
const flag = z.enum(["", "true", "false"]).default("false");
const onPage = 50;

export function addStoredRoutes(api: Api): void {
  api.route(
    {
      id: "putWorkspace",
      method: "put",
      path: "/workspaces/{id}",
      auth: "admin",
      summary:
        "Store a workspace with its destinations, or replace it: checked whole, its secrets encrypted, in force at once; `If-Match` or `version` guards against lost updates",
      params,
      query: z.strictObject({
        dry_run: flag.describe("Only check it: nothing is changed"),
      }),
      body: bodySchema,
      success: "It is replaced; or with `dry_run`, it could be",
      answer: z.object({
        id: z.string(),
        version: z.number().int(),
        updatedAt: z.string().nullable(),
        dryRun: z.boolean(),
        warnings: z.array(z.string()).describe("What is allowed but looks like a slip"),
      }),
      alsoAnswers: { 201: "It is stored, and was not before" },
      problems: {
        409: "A workspace of this id stands in wrangler.toml",
        412: "It is not at the version that was to be replaced",
        503: "The Worker is not set up to store workspaces: `detail` says what it lacks; or the configuration is broken",
      },
    },
    async ({ env, params: { id }, query, body, config, request }) => {
      if (config().workspaces.some((one) => one.id === id))
        throw new Problem(
          409,
          `Workspace ${id} stands in wrangler.toml, which goes before what is stored. Change it there, or take it out of there first.`,
        );
      const roll = needRoll(env);
      const keyring = await needKeyring(env);
      const expected = expectedVersion(request.headers, body.version);
      if (body.id !== undefined && body.id !== id)
        throw new Problem(422, `body.id: is not ${id}, as the path says`);
      const stored = (await roll.get(id)) ? await relayOf(env, id).stored() : null;
      const before = stored ? await unseal(stored.record, keyring) : undefined;
      const { wanted, problems } = await checked(env, id, body, before, keyring);
      if (problems.length > 0) throw new Problem(422, problems.join("; "), problems);
      const warnings = [...warningsOf(env, id, wanted)];
      const standing = stored?.record.version ?? 0;
      if (query.dry_run !== "false") {
        if (expected !== undefined && expected !== standing)
          throw overtaken(id, standing, expected);
        return { data: { id, version: standing, updatedAt: null, dryRun: true, warnings } };
      }
      const draft = await seal(id, wanted, keyring);
      const changed = await relayOf(env, id).configure(draft, expected);
      if (changed.kind === "conflict") throw overtaken(id, changed.version, expected);
      const { version, updatedAt } = changed.record;
      await noteVisit(env, request.url, [id]);
      return {
        ...(stored === null && { status: 201 }),
        version,
        data: { id, version, updatedAt, dryRun: false, warnings },
      };
    },
  );

  api.route(
    {
      id: "listWorkspaces",
      method: "get",
      path: "/workspaces",
      auth: "admin",
      summary:
        "The stored workspaces by id, each with how it was when it was last looked at, and how many there are in each state",
      query: z.strictObject({
        after: z.string().default("").describe("Only those after this id"),
        limit: wholeNumber(1, 200).default(onPage).describe("At most so many"),
        state: z.string().optional().describe("Only those in this state, e.g. `refused`"),
      }),
      success: "A page of them",
      answer: pageSchema,
    },
    async ({ env, query, config }) => {
      const inFile = config().workspaces.map(({ id }) => id);
      const roll = rollOf(env);
      if (!roll)
        return {
          data: { inFile, total: 0, states: {}, lookedAt: null, workspaces: [], next: null },
        };
      const { after, limit, state } = query;
      const [found, { total, states, everyMs, lookedMs }] = await Promise.all([
        roll.list(after, limit + 1, state ?? null),
        roll.summary(),
      ]);
      const workspaces = found.slice(0, limit).map(
        ({ sinceMs, destinations, ...one }): z.infer<typeof listedSchema> => ({
          ...one,
          destinations: [...destinations],
          since: toIso(sinceMs),
          shadowed: inFile.includes(one.id),
        }),
      );
      return {
        data: {
          inFile,
          total,
          states,
          roundMinutes: everyMs / 60_000,
          lookedAt: lookedMs === null ? null : toIso(lookedMs),
          workspaces,
          next: found.length > limit ? (workspaces.at(-1)?.id ?? null) : null,
        },
      };
    },
  );

  api.route(
    {
      id: "getWorkspace",
      method: "get",
      path: "/workspaces/{id}",
      auth: "admin",
      summary:
        "One stored workspace, its secrets masked: put back as it is, a masked secret stays what it was",
      params,
      success: "The workspace",
      answer: answerSchema,
      problems: unknown,
    },
    async ({ env, params: { id }, config }) => {
      const stored = (await rollOf(env)?.get(id)) ? await relayOf(env, id).stored() : null;
      if (!stored) throw notStored(id, config().workspaces);
      const ring = await Keyring.open(env);
      const { record, seen } = stored;
      const { version, updatedAt } = record;
      const shown = await mask(record, ring.ok ? ring.keyring : undefined);
      return { version, data: { id, version, updatedAt, ...shown, status: { ...seen } } };
    },
  );

  api.route(
    {
      id: "deleteWorkspace",
      method: "delete",
      path: "/workspaces/{id}",
      auth: "admin",
      summary:
        "Take a stored workspace out: it is read no more, its secrets are gone at once, its ledger after MEMORY_DAYS, or now with `erase=true`",
      params,
      query: z.strictObject({ erase: flag.describe("Erase its ledger and its marks now") }),
      success: "It is taken out",
      answer: z.object({
        id: z.string(),
        deleted: z.literal(true),
        ledgerUntil: z.string().nullable().describe("null: it is erased"),
      }),
      problems: unknown,
    },
    async ({ env, params: { id }, query, config }) => {
      const { workspaces, memoryDays } = config();
      if (!(await rollOf(env)?.get(id))) throw notStored(id, workspaces);
      const keepDays = query.erase === "false" ? memoryDays : 0;
      if (!(await relayOf(env, id).retire(keepDays))) await needRoll(env).remove(id);
      const until = keepDays === 0 ? null : toIso(Date.now() + keepDays * dayMs);
      return { data: { id, deleted: true, ledgerUntil: until } };
    },
  );
}

/** With the secrets that were masked put back, and every mistake. */
async function checked(
  env: Env,
  id: string,
  { token, destinations, pollSeconds }: z.infer<typeof bodySchema>,
  before: Wanted | undefined,
  keyring: Keyring,
): Promise<{ wanted: Wanted; problems: readonly string[] }> {
  const list = Array.isArray(destinations) ? destinations : [];
  const sent: Wanted = {
    token,
    destinations: list,
    ...(typeof pollSeconds === "number" && { pollSeconds }),
  };
  const { wanted, problems } = await unmask(id, sent, before, keyring);
  const expected = "expected a list with at least one destination, as in [[vars.DESTINATIONS]]";
  return {
    wanted,
    problems: [
      ...(list.length === 0 ? [`body.destinations: ${expected}`] : []),
      ...(pollSeconds !== undefined && !isInterval(pollSeconds)
        ? ["body.pollSeconds: expected a whole number from 1 to 3600"]
        : []),
      ...problems,
      ...problemsOf(env, id, wanted)
        // What is missing under a mask was told already.
        .filter((text) => problems.length === 0 || !isSecretName(optionIn(text))),
    ],
  };
}

function optionIn(problem: string): string {
  return problem.split(":")[0]?.split(".").at(-1) ?? "";
}

function isInterval(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 3600;
}

function needRoll(env: Env): RollStub {
  const roll = rollOf(env);
  if (roll) return roll;
  throw new Problem(
    503,
    "The Worker has no binding REGISTER, which keeps the list of stored workspaces. Take it over from the repository's wrangler.toml, with its migration, and deploy.",
  );
}

async function needKeyring(env: Env): Promise<Keyring> {
  const opened = await Keyring.open(env);
  if (opened.ok) return opened.keyring;
  throw new Problem(503, `Nothing was stored: ${opened.problem}`);
}

function notStored(id: string, inFile: readonly { readonly id: string }[]): Problem {
  return new Problem(
    404,
    inFile.some((one) => one.id === id)
      ? `Workspace ${id} stands in wrangler.toml: it is read, changed and taken out there.`
      : `No workspace ${id} is stored. See GET /workspaces, or store it: PUT /workspaces/${id}`,
  );
}
