// Where HEC listens, and as whom it is spoken to.
import { createHash } from "node:crypto";
import type { Letter } from "../destination.ts";

export interface Access {
  readonly url: string;
  readonly token: string;
  /** The letters of the request, where it is to be acknowledged. */
  readonly letters?: readonly Letter[];
}

/** The operator's URL may be a base, or hold the path for events already. */
export function endpoint(url: string, end: "event" | "ack"): URL {
  const found = new URL(url);
  const base = found.pathname.replace(/(\/services\/collector(\/event)?)?\/*$/, "");
  found.pathname = `${base}/services/collector/${end}`;
  return found;
}

/** Tokens with acknowledgment refuse requests without a channel; for others it means nothing. */
export function headersFor(access: Access): Record<string, string> {
  return {
    authorization: `Splunk ${access.token}`,
    "x-splunk-request-channel": channelOf(access),
  };
}

/**
 * A GUID: the same over restarts and, with acknowledgment, its own for each batch. An ackId counts within its channel,
 * from 0 again when Splunk begins anew: in one for all, the next batch would confirm the one that was lost.
 */
export function channelOf({ url, token, letters = [] }: Access): string {
  const ids = letters.flatMap(({ documents }) => documents.map(({ id }) => id));
  const hash = createHash("sha256")
    .update([url, token, ...ids].join(" "))
    .digest("hex");
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
