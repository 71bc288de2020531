// Microsoft Sentinel and every Log Analytics workspace, through the Logs Ingestion API of Azure Monitor.
// https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
import { Buffer } from "node:buffer";
import * as z from "zod";
import { intake, jsonArray } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";
import { type Cloud, clouds, readToken, tokenRequest } from "./sentinel/login.ts";

export const sentinel = intake({
  type: "sentinel",
  title: "Microsoft Sentinel, through the Logs Ingestion API",
  docs: "https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview",
  options: z.object({
    url: text(
      "expected the logs ingestion endpoint of the rule, like https://webflow-ab12.westeurope-1.ingest.monitor.azure.com",
      /^https:\/\/([a-z0-9-]+\.)+ingest\.monitor\.azure\.(com|us|cn)\/?$/i,
    ).describe("Logs ingestion endpoint, of the data collection rule or of an endpoint (DCE)"),
    rule: text(
      "expected the rule's immutable id, dcr- and 32 hexadecimal digits",
      /^dcr-[0-9a-f]{32}$/i,
    ).describe("Immutable id of the data collection rule, `dcr-…`"),
    stream: text(
      "expected the name of a stream of the rule, like Custom-WebflowAudit_CL",
      /^Custom-\w+$/,
    ).describe("Stream of the rule, `Custom-…`"),
    tenant: text(
      "expected the id of the Entra tenant (directory), or one of its domains",
      /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i,
    ).describe("Entra tenant (directory) id"),
    clientId: text(
      "expected the application (client) id, like 11111111-2222-3333-4444-555555555555",
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    ).describe("Application (client) id"),
    clientSecret: secretText("the value of a client secret").describe("Client secret (a secret)"),
    cloud: z
      .enum(Object.keys(clouds) as Cloud[])
      .default("public")
      .describe("The Azure cloud that the rule is in"),
  }),
  format: "event",
  idempotency: "none: keep one row an `EventId`, with `summarize arg_max(TimeGenerated, *)`",
  // One megabyte, both as it is sent and unpacked.
  limits: {
    events: 1000,
    bytes: 1_000_000,
    age: {
      ms: 48 * 3_600_000,
      treatment: "Azure gives them the time of receipt as TimeGenerated; EventTime keeps their own",
    },
  },
  gzip: true,
  framing: jsonArray,
  grant: { request: (options) => tokenRequest(options), read: readToken },
  target: ({ url, rule, stream }, { token }) => ({
    url: `${new URL(url).origin}/dataCollectionRules/${rule}/streams/${stream}?api-version=2023-01-01`,
    headers: { authorization: `Bearer ${token}` },
  }),
  toRecord({ id, content }, { time, actor, targets, site, workspace, ...event }) {
    const row = {
      TimeGenerated: time,
      EventTime: time,
      EventId: id,
      EventType: event.type,
      Severity: event.severity,
      Summary: event.summary,
      ActorType: actor.type,
      ActorId: actor.id,
      ActorEmail: actor.email,
      TargetIds: targets.map((target) => target.id),
      TargetEmails: targets.map((target) => target.email),
      Role: event.role,
      PreviousRole: event.previousRole,
      SourceIp: event.source?.ip ?? null,
      SiteId: site?.id ?? null,
      SiteSlug: site?.slug ?? null,
      WorkspaceId: workspace.id,
      WorkspaceSlug: workspace.slug,
      Document: content,
    };
    const fields = Object.entries(row).map(([column, value]) => [column, shorten(value)]);
    return JSON.stringify(Object.fromEntries(fields));
  },
  statuses: {
    delivered: [204],
    // With 400: the rule has no such stream, or is in another region than the endpoint.
    refusesUs: /"Invalid(Stream|DcrImmutableId)"/,
    advice: {
      401: "Check that cloud is the one that url is in.",
      403: "Give the application the role Monitoring Metrics Publisher on the data collection rule; it takes effect after up to 30 minutes.",
      404: "Check rule, stream, and that url is the endpoint of this rule.",
    },
  },
});

const fieldBytes = 64_000;

/** Azure cuts off fields beyond 64 KB, which leaves half a JSON: what is too long becomes the beginning of its text. */
function shorten(value: unknown): unknown {
  const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  if (bytes.length <= fieldBytes) return value;
  // "stream": a character that was cut through is left out.
  return new TextDecoder().decode(bytes.subarray(0, fieldBytes), { stream: true });
}
