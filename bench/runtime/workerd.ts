// Bare workerd with one Worker, its Durable Object on disk, KV and the internet at the world's. No dev server, which
// costs two to three times the CPU.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { World } from "../world/world.ts";

export interface WorkerdOptions {
  /** For the configuration, the log, and what the Durable Object stores; outlives the process. */
  readonly folder: string;
  /** File of the Worker's script. */
  readonly script: string;
  /** Stands before the script, which it imports as "worker.js". */
  readonly wrapper?: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** The Durable Object's class and its binding. */
  readonly object: { readonly className: string; readonly binding: string };
  readonly kv?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly world: World;
  /** More for the command line. */
  readonly flags?: readonly string[];
}

export interface Workerd {
  readonly process: ChildProcess;
  readonly url: string;
  /** Runs the scheduled handler; resolves when it is done. */
  cron(): Promise<void>;
}

const uniqueKey = "bench";
const binary = join(import.meta.dirname, "../../node_modules/workerd/bin/workerd");
const startMs = 20_000;

// What Cloudflare does each minute. For the measured process it is one more small call.
const cronScript = `export default {
  async fetch(_, env) {
    const { outcome } = await env.MAIN.scheduled({ scheduledTime: new Date(), cron: "* * * * *" });
    return new Response(outcome, { status: outcome === "ok" ? 200 : 500 });
  },
};`;

const text = (value: string) => JSON.stringify(value);

function toConfig(options: WorkerdOptions): string {
  const { object, kv, world, vars } = options;
  const modules = Object.keys(filesOf(options)).map(
    (name) => `(name = ${text(name)}, esModule = embed ${text(name)})`,
  );
  const bindings = [
    `(name = ${text(object.binding)}, durableObjectNamespace = ${text(object.className)})`,
    ...(kv ? [`(name = ${text(kv)}, kvNamespace = "kv")`] : []),
    ...Object.entries(vars).map(([name, value]) =>
      typeof value === "string"
        ? `(name = ${text(name)}, text = ${text(value)})`
        : `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`,
    ),
  ];
  const flags = options.compatibilityFlags.map(text).join();
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join()}],
      compatibilityDate = ${text(options.compatibilityDate)},
      compatibilityFlags = [${flags}],
      bindings = [${bindings.join()}],
      durableObjectNamespaces = [(className = ${text(object.className)}, uniqueKey = ${text(uniqueKey)}, enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      globalOutbound = "internet",
    )),
    (name = "cron", worker = (
      modules = [(name = "cron.js", esModule = ${text(cronScript)})],
      compatibilityDate = ${text(options.compatibilityDate)},
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [(name = "MAIN", service = "main")],
    )),
    (name = "internet", external = (address = "127.0.0.1:${world.port}", http = ())),
    (name = "kv", external = (address = "127.0.0.1:${world.kvPort}", http = ())),
    (name = "disk", disk = (path = ${text(join(options.folder, "disk"))}, writable = true)),
  ],
  sockets = [
    (name = "main", address = "127.0.0.1:0", http = (), service = "main"),
    (name = "cron", address = "127.0.0.1:0", http = (), service = "cron"),
  ],
);
`;
}

/** The first is the one that workerd begins with. They lie beside the configuration, which cannot name others. */
function filesOf({ script, wrapper }: WorkerdOptions): Readonly<Record<string, string>> {
  return { ...(wrapper && { "wrapper.js": wrapper }), "worker.js": script };
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const { folder } = options;
  mkdirSync(join(folder, "disk"), { recursive: true });
  for (const [name, file] of Object.entries(filesOf(options)))
    copyFileSync(file, join(folder, name));
  const config = join(folder, "workerd.capnp");
  writeFileSync(config, toConfig(options));
  const log = openSync(join(folder, "workerd.log"), "a");
  const child = spawn(
    binary,
    ["serve", "--experimental", "--control-fd=3", ...(options.flags ?? []), config],
    { stdio: ["ignore", log, log, "pipe"] },
  );
  const ports = await listening(child, ["main", "cron"], join(folder, "workerd.log"));
  return {
    process: child,
    url: `http://127.0.0.1:${ports.get("main")}`,
    async cron() {
      const answer = await fetch(`http://127.0.0.1:${ports.get("cron")}`);
      if (!answer.ok) throw new Error(`cron: ${await answer.text()}`);
      await answer.body?.cancel();
    },
  };
}

/** The port of each socket, as workerd tells them. */
async function listening(child: ChildProcess, sockets: readonly string[], log: string) {
  const control = child.stdio[3] as Readable;
  const ports = new Map<string, number>();
  let told = "";
  const ended = once(child, "exit").then(() => {
    throw new Error(`workerd ended: see ${log}`);
  });
  ended.catch(() => undefined);
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`workerd did not start: see ${log}`)), startMs).unref();
  });
  control.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  while (sockets.some((socket) => !ports.has(socket))) {
    await Promise.race([once(control, "data"), ended, late]);
    for (const line of told.split("\n")) {
      const [, socket, port] = /"socket":"(\w+)","port":(\d+)/.exec(line) ?? [];
      if (socket) ports.set(socket, Number(port));
    }
  }
  return ports;
}
