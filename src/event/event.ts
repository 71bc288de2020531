// The one event schema: what every destination, route and format sees of a Webflow audit-log item.
// Source of the fields: https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/event-types
import * as z from "zod";

/** Least to most severe; the order is meaningful (`minSeverity` compares positions). */
export const severities = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

const text = z.string().nullable();

const person = z.object({
  id: text.describe(
    "Webflow user id; null when Webflow gives none (an invitee without an account)",
  ),
  email: text.describe("E-mail address; null when Webflow gives none"),
});

/** What one rule says of an event. */
export const eventFindingSchema = z.object({
  rule: z.string().describe("The rule's name, e.g. `privilege.admin_granted`"),
  title: z.string().describe("The rule's title"),
  severity: z.enum(severities).describe("Of the finding, not of the event"),
  reason: text.describe(
    "Why, in a sentence; null where the destination is not to see what it rests on",
  ),
  technique: z
    .object({
      id: z.string().describe("e.g. `T1098.003`"),
      name: z.string().describe("The technique's name"),
    })
    .nullable()
    .describe("Of MITRE ATT&CK, where one fits"),
});

export const auditEventSchema = z
  .object({
    id: z
      .string()
      .describe(
        "Stable, time-ordered id: 10 characters of time, 16 of content hash (Crockford base 32), then `-2`, `-3`, … for equal events of one instant. The same event always has the same id.",
      ),
    type: z
      .string()
      .describe(
        "`eventType.eventSubType` as Webflow names them, in lower case and only a-z, 0-9, `_` and the dot, e.g. `workspace_membership.user_role_updated`; a part that is missing is `unknown`",
      ),
    time: z.iso.datetime().describe("When it happened, UTC with milliseconds"),
    severity: z.enum(severities).describe("info, low, medium, high or critical"),
    summary: z
      .string()
      .describe(
        "One English sentence: who did what to whom, with before and after. One line, at most 1,000 characters, no control or invisible characters; not escaped",
      ),
    actor: person
      .extend({
        type: z
          .enum(["person", "token", "unknown"])
          .describe("`person`, `token` (an API token; `id` is its authorization id), or `unknown`"),
      })
      .describe("Who did it"),
    targets: z
      .array(person)
      .describe("The people it was done to; empty when it concerns no person"),
    site: z
      .object({
        id: text.describe("Webflow's id"),
        slug: text.describe("As in its address; changes when renamed"),
      })
      .nullable()
      .describe("The site concerned, if any"),
    role: text.describe("The role's name after the event (free text: custom roles exist)"),
    previousRole: text.describe("The role's name before the event, if Webflow tells"),
    setting: z
      .object({
        name: text.describe("Today only `ai_toggle`"),
        value: text.describe("After the event"),
        previousValue: text.describe("Before the event"),
      })
      .nullable()
      .describe("The workspace setting concerned; values are strings, e.g. `true`"),
    granularAccess: z
      .object({
        id: text.describe("Of the collection"),
        name: text.describe("Of the collection"),
        type: text.describe("Today only `cms`"),
        restricted: z.boolean().nullable().describe("true: restricted; false: open"),
      })
      .nullable()
      .describe("The CMS collection whose access was restricted or opened"),
    method: text.describe(
      "How it was done: dashboard, sso, api, google, invite, scim, admin, access_request, …",
    ),
    userType: text.describe("member, guest, reviewer, client, …"),
    source: z
      .object({
        ip: text.describe("IPv4 or IPv6 address"),
        location: text.describe("Webflow's own text for the address, e.g. `Ashburn US`"),
      })
      .nullable()
      .describe("Where a login or logout came from"),
    workspace: z
      .object({
        id: text.describe("Webflow's id"),
        slug: text.describe("As in its address; changes when renamed"),
      })
      .describe("The workspace it happened in"),
    flags: z
      .object({
        late: z
          .boolean()
          .describe("Appeared in the log only after the log had been read past its time"),
        backfilled: z.boolean().describe("Happened before the destination was set up"),
        unknown: z.boolean().describe("A type or subtype that this version does not know"),
      })
      .describe("What a reader should know of how it came"),
    findings: z
      .array(eventFindingSchema)
      .optional()
      .describe(
        "What rules say of the event by itself; there only where they say something, and to destinations only with `findings = true`: see Rules",
      ),
    raw: z.record(z.string(), z.unknown()).describe("The item exactly as Webflow sent it"),
  })
  .meta({
    title: "Tidemark event",
    description: "One entry of a Webflow workspace's audit log",
  });

/** JSON Schema, draft 2020-12. */
export const toJsonSchema = () => z.toJSONSchema(auditEventSchema);

export type AuditEvent = z.infer<typeof auditEventSchema>;
export type EventFinding = z.infer<typeof eventFindingSchema>;
export type Person = z.infer<typeof person>;
