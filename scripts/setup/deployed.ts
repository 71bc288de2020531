// A running Tidemark, checked by what it says of itself.
import type * as z from "zod";
import type { Receipt } from "../../src/proof/receipts.ts";
import type { statusSchema } from "../../src/routes/schemas.ts";
import type { TestReport } from "../../src/test-event.ts";
import { dayMs, toShortIso } from "../../src/time.ts";
import { Mistake } from "../mistake.ts";
import { grouped, toSpan } from "../progress.ts";
import { Refusal, type Remote } from "../remote.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

type WorkspaceStatus = z.infer<typeof statusSchema>;
type DestinationStatus = WorkspaceStatus["destinations"][number];

export interface Statuses {
  readonly warnings: readonly string[];
  readonly workspaces: readonly WorkspaceStatus[];
}

export interface Wanted {
  /** The version of the code at hand. */
  readonly version: string;
  /** Reads and sends first. */
  readonly sync: boolean;
  readonly sendTests: boolean;
  readonly nowMs: number;
}

export async function checkDeployed(remote: Remote, wanted: Wanted): Promise<readonly Finding[]> {
  const { origin } = remote.url;
  const findings: Finding[] = [];
  try {
    findings.push(await checkVersion(remote, wanted.version));
    const synced = wanted.sync ? [await sync(remote)] : [];
    const statuses = await remote.json<Statuses>("/status");
    findings.push(
      ok("ADMIN_TOKEN", "is the Worker's own"),
      ...synced,
      await checkHealth(remote),
      ...statuses.warnings.map((slip) => warning("configuration", slip)),
      ...statuses.workspaces.flatMap((workspace) => toFindings(workspace, wanted.nowMs)),
      ...(await checkReceipts(remote, statuses, wanted.nowMs)),
    );
    if (wanted.sendTests) {
      const names = statuses.workspaces.flatMap(({ destinations }) => destinations);
      for (const name of new Set(names.map((one) => one.name)))
        findings.push(await test(remote, name));
    }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401)
      findings.push(failure("ADMIN_TOKEN", "is not the Worker's own", error.message));
    else if (error instanceof Refusal && error.errors.length > 0)
      findings.push(...error.errors.map((problem) => failure("configuration", problem)));
    else if (error instanceof Mistake)
      findings.push(failure(origin, "does not answer as Tidemark does", error.message));
    else throw error;
  }
  return findings;
}

async function checkVersion(remote: Remote, version: string): Promise<Finding> {
  const document = await remote.json<{ info?: { title?: string; version?: string } }>(
    "/openapi.json",
  );
  const { title, version: running } = document.info ?? {};
  if (title !== "Tidemark")
    throw new Mistake(`${remote.url.origin} answers, but is not Tidemark. Check --url.`);
  const found = `is Tidemark ${running}`;
  return running === version
    ? ok(remote.url.origin, found)
    : warning(
        remote.url.origin,
        `${found}; the code at hand is ${version}`,
        "To bring it up to date: npm run deploy",
      );
}

async function sync(remote: Remote): Promise<Finding> {
  const { workspaces } = await remote.json<{
    workspaces: readonly { report: { read: number; fresh: number; source: string } }[];
  }>("/sync", { method: "POST", body: {} });
  const read = workspaces.reduce((sum, { report }) => sum + report.read, 0);
  const fresh = workspaces.reduce((sum, { report }) => sum + report.fresh, 0);
  return workspaces.every(({ report }) => report.source === "ok")
    ? ok(
        "sync",
        fresh === 0
          ? "the log holds nothing new; what happens from now on is sent"
          : `read ${grouped(read)} events, ${grouped(fresh)} of them new`,
      )
    : failure("sync", "the audit log could not be read");
}

async function checkHealth(remote: Remote): Promise<Finding> {
  const { status, workspaces } = await remote.json<{ status: string; workspaces: string[] }>(
    "/health",
  );
  const found = `${status} (${workspaces.join(", ")})`;
  return status === "ok" ? ok("health", found) : failure("health", found);
}

function toFindings(status: WorkspaceStatus, nowMs: number): Finding[] {
  const { workspace, deadLetters, budget, destinations } = status;
  return [
    workspaceFinding(status, nowMs),
    ...budgetFinding(budget),
    ...destinations.map((destination) => destinationFinding(destination)),
    ...(deadLetters > 0
      ? [
          warning(
            "dead letters",
            `${grouped(deadLetters)} of ${workspace} could not be delivered`,
            "See why with GET /dead-letters; send them again or discard them there.",
          ),
        ]
      : []),
  ];
}

function workspaceFinding(status: WorkspaceStatus, nowMs: number): Finding {
  const { workspace, state, problem, lastRead, newestEvent } = status;
  const check = `workspace ${workspace}`;
  const found = [
    state,
    ...(lastRead === null ? [] : [`read ${ago(lastRead, nowMs)}`]),
    ...(newestEvent === null ? [] : [`newest event ${ago(newestEvent, nowMs)}`]),
  ].join(", ");
  switch (state) {
    case "active":
    case "quiet":
      return ok(check, found);
    case "starting":
      return warning(
        check,
        "starting: not read yet",
        "Deployed, it is read within a minute: run this again. On your machine: --sync",
      );
    case "throttled":
      return warning(check, found, problem ?? undefined);
    default:
      return failure(check, found, problem ?? undefined);
  }
}

/** Only what does not fit is worth a line. A version that is older tells nothing of it. */
function budgetFinding(budget: WorkspaceStatus["budget"] | undefined): Finding[] {
  if (!budget || budget.standing === "ok") return [];
  const found = budget.standing === "held" ? "used up for today" : "short";
  const finding = budget.standing === "held" ? failure : warning;
  return [finding(`Cloudflare's ${budget.plan} plan`, found, budget.problem ?? undefined)];
}

function destinationFinding(status: DestinationStatus): Finding {
  const { name, type, state, backlog, lagSeconds, lastDelivered, problem, hold, tooOld } = status;
  const check = `destination ${name}`;
  const found = [
    `${type}, ${state}`,
    ...(backlog > 0 ? [`${grouped(backlog)} events to come`] : []),
    ...(lagSeconds ? [`${toSpan(lagSeconds)} behind`] : []),
    lastDelivered === null ? "nothing delivered yet" : `last delivery ${lastDelivered}`,
    ...(tooOld ? [`${grouped(tooOld.count)} were too old for it`] : []),
  ].join(", ");
  const next = problem ?? undefined;
  if (state === "paused" && hold === null) return failure(check, found, next);
  if (state === "behind")
    return warning(
      check,
      found,
      next ?? "It is catching up by itself; --follow shows how far it is.",
    );
  return state === "ok" && problem === null ? ok(check, found) : warning(check, found, next);
}

async function checkReceipts(
  remote: Remote,
  { workspaces }: Statuses,
  nowMs: number,
): Promise<Finding[]> {
  const query = new URLSearchParams({
    from: toShortIso(Math.floor((nowMs - dayMs) / 1000) * 1000),
  });
  const { receipts } = await remote.json<{ receipts: readonly Receipt[] }>(`/receipts?${query}`);
  return workspaces.map(({ workspace }) => {
    const own = receipts.filter((receipt) => receipt.workspace === workspace);
    const check = workspaces.length > 1 ? `receipts of ${workspace}` : "receipts of the last day";
    const states = [...Map.groupBy(own, ({ state }) => state)];
    const found = states.map(([state, all]) => `${all.length} ${state}`).join(", ");
    const odd = own.filter(({ state }) => state === "shortfall" || state === "blind");
    if (odd.length === 0)
      return ok(check, found || "none yet: they begin with the first whole hour");
    const reasons = odd.slice(-3).map((receipt) => `${receipt.from}: ${reasonOf(receipt)}`);
    const next = `${reasons.join("\n")}\nAll of them: npm run receipts -- --url ${remote.url.origin}`;
    const short = odd.some(({ state }) => state === "shortfall");
    return short ? failure(check, found, next) : warning(check, found, next);
  });
}

function reasonOf({ state, note, destinations }: Receipt): string {
  const shortfalls = Object.entries(destinations).flatMap(([name, { shortfall }]) =>
    shortfall === null ? [] : [`${name}: ${shortfall}`],
  );
  const all = [...(note === null ? [] : [note]), ...shortfalls];
  return all.length > 0 ? `${state}, ${all.join("; ")}` : state;
}

async function test(remote: Remote, name: string): Promise<Finding> {
  const check = `test of ${name}`;
  try {
    const { outcome, detail } = await remote.json<TestReport>(`/destinations/${name}/test`, {
      method: "POST",
    });
    return outcome === "delivered" ? ok(check, detail) : failure(check, "did not arrive", detail);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return failure(check, "could not be sent", error.message);
  }
}

function ago(time: string, nowMs: number): string {
  const seconds = Math.round((nowMs - Date.parse(time)) / 1000);
  return seconds < 1 ? "just now" : `${toSpan(seconds)} ago`;
}
