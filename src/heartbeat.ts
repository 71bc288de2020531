// A dead man's switch: a URL that is asked each minute as long as all is well. When it is no longer asked, whoever keeps
// it raises the alarm: for what Tidemark cannot tell itself, because it does not run or nobody takes its word.
import { type Clock, exchange, type Fetch } from "./http.ts";
import type { Log } from "./log.ts";

const limits = { timeoutMs: 10_000, maxBytes: 64 * 1024 };

/** Never throws: a monitor that is down must not break what it watches. */
export async function heartbeat(
  url: string,
  { fetch, clock, log }: { readonly fetch: Fetch; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const answer = await exchange(fetch, clock, { method: "GET", url, headers: {} }, limits);
  if (answer.kind === "failure") log.warn("heartbeat not sent", { reason: answer.message });
  else if (answer.status >= 300) log.warn("heartbeat refused", { status: answer.status });
}
