// Where HEC listens, and as whom it is spoken to.
import { createHash } from "node:crypto";

export interface Access {
  readonly url: string;
  readonly token: string;
}

/** The operator's URL may be a base, or hold the path for events already. */
export function endpoint(url: string, end: "event" | "ack"): URL {
  const found = new URL(url);
  const base = found.pathname.replace(/(\/services\/collector(\/event)?)?\/*$/, "");
  found.pathname = `${base}/services/collector/${end}`;
  return found;
}

/** Tokens with acknowledgment refuse requests without a channel; for others it means nothing. */
export function headersFor({ url, token }: Access): Record<string, string> {
  return {
    authorization: `Splunk ${token}`,
    "x-splunk-request-channel": channelOf({ url, token }),
  };
}

/** A GUID that stays the same over restarts: an ackId counts within its channel. */
export function channelOf({ url, token }: Access): string {
  const hash = createHash("sha256").update(`${url} ${token}`).digest("hex");
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
