// RunReveal, through a structured webhook: one event a request, in RunReveal's own shape.
// https://docs.runreveal.com/sources/source-types/structured-webhooks
import * as z from "zod";
import type { AuditEvent } from "../event/event.ts";
import type { DestinationType } from "./destination.ts";
import { batches } from "./kit/batches.ts";
import { secretText, text } from "./kit/options.ts";
import { judgeBy } from "./kit/outcome.ts";

const options = z.object({
  url: text(
    "expected the URL of a structured webhook source, like https://api.runreveal.com/sources/hook/…",
    /^https:\/\/api\.runreveal\.com\/sources\/hook\/[\w-]+$/,
  ).describe("URL of the structured webhook source"),
  token: secretText("the source's bearer token").describe("Bearer token of the source (a secret)"),
});

export const runreveal: DestinationType<z.output<typeof options>> = {
  type: "runreveal",
  title: "RunReveal, through a structured webhook",
  docs: "https://docs.runreveal.com/sources/source-types/structured-webhooks",
  options,
  idempotency: "none: search by `tags['event_id']`",
  limits: { events: 1 },
  pack: (letters) => batches(letters, { events: 1 }),
  encode: (letters, { url, token }) => ({
    method: "POST",
    url,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: letters.map(({ event }) => JSON.stringify(toMessage(event))).join("\n"),
  }),
  judge: judgeBy({
    noPages: true,
    advice: {
      401: "Check token: it is under Source Details.",
      403: "Check token: it is under Source Details.",
      404: "Check url: it is under Source Details.",
    },
  }),
};

/** What is null is left out: RunReveal's fields are strings. */
function toMessage(event: AuditEvent) {
  const { actor, source, setting, granularAccess, method, userType, role, previousRole } = event;
  return {
    eventName: event.type,
    eventTime: event.time,
    readOnly: /^(user_access|tidemark)\./.test(event.type),
    actor: given({ id: actor.id, email: actor.email, username: actor.email }),
    src: given({ ip: source?.ip }),
    service: { name: "webflow" },
    resources: toResources(event),
    tags: given({
      event_id: event.id,
      severity: event.severity,
      summary: event.summary,
      actor_type: actor.type,
      role,
      previous_role: previousRole,
      setting: setting?.name,
      setting_value: setting?.value,
      setting_previous_value: setting?.previousValue,
      access_restricted: granularAccess?.restricted?.toString(),
      method,
      user_type: userType,
      location: source?.location,
      findings: event.findings?.map(({ rule }) => rule).join(", "),
      ...flagsOf(event),
      raw: JSON.stringify(event.raw),
    }),
  };
}

function flagsOf({ flags }: AuditEvent) {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, set]) => (set ? [[name, "true"]] : [])),
  );
}

function toResources({ workspace, site, granularAccess, targets }: AuditEvent) {
  return [
    { type: "workspace", ...workspace },
    ...(site ? [{ type: "site", ...site }] : []),
    ...(granularAccess
      ? [{ type: "collection", id: granularAccess.id, name: granularAccess.name }]
      : []),
    ...targets.map(({ id, email }) => ({ type: "user", id, email })),
  ];
}

function given(fields: Readonly<Record<string, string | null | undefined>>) {
  const some = Object.entries(fields).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(some);
}
