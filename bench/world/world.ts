// The world's process, held by the bench.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Load } from "./events.ts";
import type { Command, Counts, Rules, Told } from "./messages.ts";

export class World {
  readonly port: number;
  readonly kvPort: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number, kvPort: number) {
    this.#process = child;
    this.port = port;
    this.kvPort = kvPort;
  }

  static async start(): Promise<World> {
    const child = fork(join(import.meta.dirname, "server.ts"), { execArgv: [] });
    const told = await next(child, ({ tell }) => tell === "listening");
    if (told.tell !== "listening") throw new Error("the world did not start");
    return new World(child, told.port, told.kvPort);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async reset(destinations: number, rules: Rules = {}): Promise<void> {
    await this.#ask({ do: "reset", destinations, rules });
  }

  async load(load: Load): Promise<void> {
    await this.#ask({ do: "load", load });
  }

  async counts(): Promise<Counts> {
    const told = next(this.#process, ({ tell }) => tell === "counts");
    await this.#ask({ do: "counts" });
    return ((await told) as Extract<Told, { tell: "counts" }>).counts;
  }

  /** Holds the source's next answer, once it is asked for, until the work is done. */
  async atFirstRequest(work: () => void): Promise<void> {
    const held = next(this.#process, ({ tell }) => tell === "held");
    await this.#ask({ do: "hold" });
    await held;
    work();
    await this.#ask({ do: "go" });
  }

  /** Resolves at the moment at which so many events have arrived. */
  async taken(events: number): Promise<void> {
    const reached = next(this.#process, ({ tell }) => tell === "reached");
    await this.#ask({ do: "watch", events });
    await reached;
  }

  stop(): void {
    this.#process.kill();
  }

  async #ask(command: Command): Promise<void> {
    const done = next(this.#process, (told) => told.tell === "done" && told.of === command.do);
    this.#process.send(command);
    await done;
  }
}

function next(child: ChildProcess, wanted: (told: Told) => boolean): Promise<Told> {
  return new Promise((resolve, reject) => {
    const end = (code: number | null) => reject(new Error(`the world ended with ${code}`));
    const hear = (message: unknown) => {
      if (!wanted(message as Told)) return;
      child.off("message", hear);
      child.off("exit", end);
      resolve(message as Told);
    };
    child.on("message", hear);
    child.on("exit", end);
  });
}
