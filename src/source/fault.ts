// Why the audit log could not be read: the states that a workspace can be in, and the text for each.
// Codes: https://developers.webflow.com/data/reference/error-handling

/**
 * `throttled` asks us to wait (429), `refused` needs a person (401, 403), `blind` is everything that gives
 * no usable answer. `invalid` (400) is about one query, not about the source.
 */
export interface SourceFault {
  readonly kind: "throttled" | "refused" | "blind" | "invalid";
  /** What happened and what to do about it, in one or two sentences; never holds the token. */
  readonly text: string;
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  /** Webflow's own error code. */
  readonly code?: string;
  readonly retryAfterMs?: number;
  /** It is about the contents of one second, not about the source: all else can be read. */
  readonly ofOneSecond?: true;
}

/** It is about what was asked for, not about the source: all else can be read. */
export function isOfQuery({ kind, ofOneSecond }: SourceFault): boolean {
  return kind === "invalid" || ofOneSecond === true;
}

/** What the texts need to name things the way the operator does. */
export interface SourceNames {
  readonly workspace: string;
  /** The secret's name, e.g. WEBFLOW_TOKEN; null when the token stands in the configuration itself. */
  readonly tokenSecret: string | null;
}

/** The text and the kind for an HTTP status other than 2xx. */
export function toFault(
  status: number,
  code: string | null,
  message: string,
  names: SourceNames,
): SourceFault {
  const said = [`HTTP ${status}`, code, message && `"${message}"`].filter(Boolean).join(" ");
  const base = { status, ...(code !== null && { code }) };
  if (status === 401) {
    return {
      ...base,
      kind: "refused",
      text: `Webflow does not accept the token of workspace ${names.workspace} (${said}): it was revoked, mistyped, or unused for 365 days. ${newToken(names)}`,
    };
  }
  if (status === 403) return { ...base, kind: "refused", text: forbidden(code, said, names) };
  if (status === 404) {
    return {
      ...base,
      kind: "blind",
      text: `Webflow knows no workspace ${names.workspace} (${said}), or the token belongs to another one. Check the id in WORKSPACES; a slug changes when the workspace is renamed, an id does not.`,
    };
  }
  if (status === 429) {
    return {
      ...base,
      kind: "throttled",
      text: `Webflow asks to slow down (${said}). Nothing to do: the next read waits as long as it asks. If this lasts, another tool uses the same token.`,
    };
  }
  if (status === 400) {
    return {
      ...base,
      kind: "invalid",
      text: `Webflow does not accept the query (${said}). Check the id in WORKSPACES and the times asked for.`,
    };
  }
  return {
    ...base,
    kind: "blind",
    text: `Webflow's audit log gives no usable answer (${said}). Nothing to do: it is tried again, and no mark has moved.`,
  };
}

function forbidden(code: string | null, said: string, names: SourceNames): string {
  if (code === "missing_scopes") {
    return `The token of workspace ${names.workspace} lacks the scope workspace_activity:read (${said}). ${newToken(names)}`;
  }
  if (code === "not_enterprise_plan_workspace") {
    return `Workspace ${names.workspace} is not on an Enterprise plan (${said}), and only Enterprise workspaces have an audit log. Check the id in WORKSPACES.`;
  }
  return `Webflow forbids the token of workspace ${names.workspace} to read the audit log (${said}). A site token does not do: it must be a workspace token with workspace_activity:read. ${newToken(names)}`;
}

function newToken({ tokenSecret, workspace }: SourceNames): string {
  const set =
    tokenSecret === null
      ? `in WORKSPACES, or where it is stored with: PUT /workspaces/${workspace}`
      : `in .dev.vars for npm run dev, or with: npx wrangler secret put ${tokenSecret}`;
  return `As a workspace admin, make a new one under Workspace settings > Apps & integrations > Workspace API access and set it ${set}`;
}
