// The production Worker, unchanged, in workerd, with the sandbox for its internet.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Miniflare } from "miniflare";
import type { Site } from "./site.ts";

/** A line that the Worker wrote to its console. */
export interface WorkerLine {
  readonly level: string;
  readonly text: string;
}

export interface WorkerOptions {
  /** What every `fetch` of the Worker reaches. */
  readonly internet: Site;
  /** Replace what wrangler.toml and .dev.vars say; everything else stays as it would be deployed. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Names of bindings to R2 buckets, which are empty at first. */
  readonly buckets?: readonly string[];
  /** With the queue that wrangler.toml shows, commented out. */
  readonly queue?: boolean;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Folder for KV and Durable Objects; default: nothing outlives the Worker. */
  readonly persist?: string;
  readonly onLine?: (line: WorkerLine) => void;
}

export interface RunningWorker {
  readonly url: string;
  /** Asks the Worker, e.g. `fetch("/status", { headers })`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What Cloudflare does each minute; resolves when the handler is done, rejects when it throws. */
  cron(): Promise<void>;
  /** Ends the life of a Durable Object in memory as Cloudflare does: calls under way are let through first. */
  evict(className: string, name: string): Promise<void>;
  /** What lies in a bucket, as the Worker's binding shows it. */
  bucket(name: string): Promise<R2Bucket>;
  /** Ends workerd and what it holds. */
  dispose(): Promise<void>;
}

const startMs = 25_000;
const configFile = join(import.meta.dirname, "../wrangler.toml");

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  // Before wrangler is loaded: no look-up of the machine's place, no usage statistics, no search for updates.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_SEND_METRICS = "false";
  const { unstable_startWorker } = await import("wrangler");
  const ended = new AbortController();
  const worker = await unstable_startWorker({
    config: options.queue ? withQueue() : configFile,
    bindings: {
      ...bindings("json", options.vars),
      ...bindings("secret_text", options.secrets),
      ...Object.fromEntries(
        (options.buckets ?? []).map((name) => [
          name,
          { type: "r2_bucket" as const, bucket_name: name.toLowerCase() },
        ]),
      ),
    },
    dev: {
      server: { hostname: "127.0.0.1", port: options.port ?? 0 },
      inspector: false,
      persist: options.persist ?? false,
      watch: false,
      logLevel: "error",
      outboundService: { node: outbound(options.internet, ended.signal) },
      structuredLogsHandler: ({ level, message }: Readonly<Record<"level" | "message", string>>) =>
        options.onLine?.({ level, text: message }),
    },
  });
  await worker.ready;
  const { origin } = await worker.url;
  const ask = (path: string, init?: RequestInit) => fetch(origin + path, init);
  try {
    // It also says that it is ready when it could not be built; then nothing answers.
    await (await ask("/openapi.json", { signal: AbortSignal.timeout(startMs) })).body?.cancel();
  } catch (cause) {
    await worker.dispose();
    throw new Error(`the Worker did not answer within ${startMs / 1000} s`, { cause });
  }
  return {
    url: origin,
    fetch: ask,
    async cron() {
      const response = await ask("/cdn-cgi/local/scheduled?cron=*+*+*+*+*&format=json");
      if (!response.ok) throw new Error(`cron: HTTP ${response.status} ${await response.text()}`);
      await response.body?.cancel();
    },
    async bucket(name) {
      return (await miniflareOf(worker).getR2Bucket(name, "tidemark")) as unknown as R2Bucket;
    },
    async evict(className, name) {
      const miniflare = miniflareOf(worker);
      // Without the Blob, Miniflare would wait for the eviction without giving Node a turn, and with it the
      // receivers that the eviction waits for.
      const inTurns = { turns: new Blob([]) };
      await miniflare.unsafeEvictDurableObject("tidemark", className, { name, ...inTurns });
    },
    async dispose() {
      ended.abort();
      await worker.dispose();
    },
  };
}

/** wrangler.toml as an operator would have it who takes the queue: nothing but a file makes a Worker a consumer. */
function withQueue(): string {
  const root = dirname(configFile);
  const text = readFileSync(configFile, "utf8");
  const [block] = /^# \[\[queues\.(?:.*\n# )*.*\n/m.exec(text) ?? [];
  if (block === undefined) throw new Error("wrangler.toml shows no queue");
  const file = join(mkdtempSync(join(tmpdir(), "tidemark-")), "wrangler.toml");
  const main = `main = ${JSON.stringify(join(root, "src/index.ts"))}`;
  const taken = text.replace(block, block.replace(/^# /gm, ""));
  writeFileSync(file, taken.replace(/^main = .*$/m, main));
  return file;
}

function miniflareOf(worker: { readonly raw: { readonly runtimes: readonly object[] } }) {
  const [runtime] = worker.raw.runtimes;
  const miniflare = runtime && (Reflect.get(runtime, "mf") as Miniflare | undefined);
  if (!miniflare) throw new Error("wrangler no longer shows its Miniflare");
  return miniflare;
}

function bindings(type: "json" | "secret_text", values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type, value }]));
}

/**
 * A Node handler instead of a function from Request to Response: only so does a rejection cut the connection, as
 * on the real internet (miniflare would answer 500), and a time-out of the Worker abort the request.
 */
function outbound(internet: Site, ended: AbortSignal) {
  return getRequestListener(
    async (request, env) => {
      const signal = AbortSignal.any([request.signal, ended]);
      try {
        const url = request.url.replace(/^http:/, "https:"); // on the last few metres all is plain HTTP
        return await internet.fetch(new Request(new Request(url, request), { signal }));
      } catch {
        if ("outgoing" in env) env.outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
    },
    { overrideGlobalObjects: false },
  );
}
