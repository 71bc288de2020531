// Whether a token reads the audit log of a workspace, by the very request that the Worker makes; and what Webflow says
// of the token itself. https://developers.webflow.com/data/reference/token/introspect
import { exchange } from "../../src/http.ts";
import { redactor } from "../../src/log.ts";
import { type PageQuery, pullPage, type Token } from "../../src/source/client.ts";
import type { SourceFault } from "../../src/source/fault.ts";
import { isObject, toText } from "../../src/source/record.ts";
import { grouped } from "../progress.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";
import type { SourceToRead } from "./project.ts";
import type { World } from "./world.ts";

const scope = "workspace_activity:read";

/** What Webflow says of a token; all of it is help, and nothing is decided by it. */
export interface TokenFacts {
  readonly kind: "workspace token" | "site token" | "app token" | "token";
  readonly scopes: readonly string[];
  readonly workspaceIds: readonly string[];
  /** Requests a minute. */
  readonly rateLimit: number | null;
}

/** What is wrong with how a token is written; null when it can be sent. */
export function misspelling(token: string): string | null {
  if (/^Bearer\s/i.test(token)) return 'It begins with "Bearer": leave that away.';
  return /^[\x21-\x7e]+$/.test(token)
    ? null
    : "It contains a blank or a character that no header can carry: copy it again.";
}

/** Undefined where Webflow does not say: older tokens may not ask about themselves. */
export async function introspect(
  { fetch, clock }: World,
  token: string,
): Promise<TokenFacts | undefined> {
  const answer = await exchange(
    fetch,
    clock,
    {
      method: "GET",
      url: "https://api.webflow.com/v2/token/introspect",
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
    },
    { timeoutMs: 10_000, maxBytes: 64 * 1024 },
  );
  if (answer.kind !== "answer" || answer.status !== 200) return undefined;
  const body = parseJson(answer.body);
  const { authorization, application } = isObject(body) ? body : {};
  if (!isObject(authorization)) return undefined;
  const to = isObject(authorization.authorizedTo) ? authorization.authorizedTo : {};
  const workspaceIds = texts(to.workspaceIds);
  const sites = texts(to.siteIds).length;
  return {
    kind: isObject(application)
      ? "app token"
      : sites > 0
        ? "site token"
        : workspaceIds.length > 0
          ? "workspace token"
          : "token",
    // One sample has commas, another blanks.
    scopes: (toText(authorization.scope) ?? "").split(/[\s,]+/).filter(Boolean),
    workspaceIds,
    rateLimit: typeof authorization.rateLimit === "number" ? authorization.rateLimit : null,
  };
}

interface Reading {
  readonly finding: Finding;
  /** As the log's own items name it. */
  readonly workspaceId: string | null;
  readonly fault?: SourceFault;
}

/** Reads one item, then the newest one. */
async function readLog(
  { fetch, clock }: World,
  workspace: string,
  token: Token,
  facts: TokenFacts | undefined,
): Promise<Reading> {
  const check = `workspace ${workspace}`;
  let limits = "";
  const listening: World["fetch"] = async (request) => {
    const response = await fetch(request);
    limits = limitsIn(response.headers);
    return response;
  };
  const pull = (query: Omit<PageQuery, "fromSecond">) =>
    pullPage(listening, clock, workspace, token, { fromSecond: 0, limit: 1, ...query });
  const redact = redactor([token.value]);
  const first = await pull({});
  if (first.kind === "fault") {
    const { fault } = first;
    const text = `${said(fault)} ${hint(fault, workspace, token, facts)}`.trim();
    const found = `cannot be read: ${nameOf(fault)}`;
    return { finding: failure(check, found, redact(text)), workspaceId: null, fault };
  }
  const { items, total = items.length } = first;
  const newest = total > 1 ? await pull({ offset: total - 1 }) : first;
  const last = newest.kind === "page" ? newest.items[0] : undefined;
  const at = isObject(last) ? toText(last.timestamp) : null;
  const events = total === 1 ? "1 event" : `${grouped(total)} events`;
  const found = [
    total === 0 ? "can be read; its audit log holds no event yet" : `can be read: ${events}`,
    ...(at === null ? [] : [`the newest of ${at}`]),
    ...(limits === "" ? [] : [limits]),
  ].join(", ");
  return { finding: ok(check, redact(found)), workspaceId: workspaceIdIn(items[0]) };
}

export interface Checked {
  readonly findings: readonly Finding[];
  readonly workspaceId: string | null;
}

/** All tokens of a workspace: while one is replaced, one that is refused does no harm beside one that lives. */
export async function checkSource(
  world: World,
  { workspace, tokens }: SourceToRead,
): Promise<Checked> {
  const readings = await Promise.all(
    tokens.map(async (token) => {
      const facts = await introspect(world, token.value);
      const reading = await readLog(world, workspace, token, facts);
      return { name: token.secret ?? "the token in WORKSPACES", facts, ...reading };
    }),
  );
  const lives = readings.some(({ fault }) => fault === undefined);
  const findings = readings.flatMap(({ name, facts, finding }) => {
    const check = tokens.length > 1 ? `${finding.check}, ${name}` : finding.check;
    const level = lives && finding.level === "failure" ? "warning" : finding.level;
    return [...tokenFinding(name, facts), { ...finding, check, level }];
  });
  const workspaceId = readings.map((one) => one.workspaceId).find((id) => id !== null) ?? null;
  return { findings, workspaceId };
}

/** What Webflow says of the token, as a finding; none where it says nothing. */
function tokenFinding(name: string, facts: TokenFacts | undefined): Finding[] {
  if (!facts) return [];
  const { kind, scopes } = facts;
  const has = scopes.length > 0 ? scopes.join(", ") : "no scope";
  if (kind === "site token" || kind === "app token")
    return [warning(name, `Webflow calls it ${article(kind)}, with ${has}`)];
  if (!scopes.includes(scope)) return [warning(name, `a ${kind} with ${has}, without ${scope}`)];
  return [ok(name, `a ${kind} with ${has}`)];
}

function article(kind: TokenFacts["kind"]): string {
  return kind === "app token" ? `an ${kind}` : `a ${kind}`;
}

/** The Worker tries again by itself; a check does not. */
function said({ text }: SourceFault): string {
  return text.replace(/ Nothing to do: it is tried again, and no mark has moved\.$/, "");
}

function nameOf({ status, code, kind }: SourceFault): string {
  if (status === undefined) return "no usable answer";
  return ["HTTP", status, code ?? kind].join(" ");
}

/** What the Worker does not know when it says what is wrong. */
function hint(
  { status, kind }: SourceFault,
  workspace: string,
  { value }: Token,
  facts: TokenFacts | undefined,
): string {
  if (kind === "throttled") return "Wait a minute, and run this again.";
  if (status === undefined)
    return "Check that this machine reaches https://api.webflow.com (a proxy, a VPN, a firewall?), and run this again.";
  if (status >= 500)
    return "Run this again in a few minutes; https://status.webflow.com tells of outages.";
  if (facts) {
    const { kind: what, scopes, workspaceIds } = facts;
    const others = workspaceIds.filter((id) => id !== workspace);
    if (what === "site token" || what === "app token")
      return `This is ${article(what)}, says Webflow: it cannot read the log, whatever its scopes.`;
    if (status === 403 && !scopes.includes(scope))
      return `Its scopes are, says Webflow: ${scopes.join(", ") || "none"}.`;
    if (status === 404 && others.length > 0)
      return `This token belongs to the workspace ${others.join(", ")}, says Webflow: write that as its id.`;
    return "";
  }
  const odd = (status === 401 || status === 403) && !value.startsWith("ws-");
  return odd ? "Workspace tokens usually begin with ws-, and this one does not." : "";
}

function limitsIn(headers: Headers): string {
  const [limit, left] = [headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")];
  if (!limit || !left || !/^\d+$/.test(limit + left)) return "";
  return `${left} of ${limit} requests left this minute`;
}

function workspaceIdIn(item: unknown): string | null {
  const workspace = isObject(item) ? item.workspace : undefined;
  return isObject(workspace) ? toText(workspace.id) : null;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [])
    .filter((text) => typeof text === "string")
    .map((text) => text.trim())
    .filter(Boolean);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
