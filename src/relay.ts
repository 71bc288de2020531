// The Durable Object, one per workspace: single-file runs, the alarm, and the ports to the world.
import { DurableObject } from "cloudflare:workers";
import { type Config, parseConfig, type WorkspaceConfig } from "./config.ts";
import type { Env } from "./env.ts";
import { type Fetch, systemClock } from "./http.ts";
import { Ledger } from "./ledger.ts";
import { jsonLog, redactor } from "./log.ts";
import { type Look, type LookQuery, look } from "./look.ts";
import type { Ports } from "./ports.ts";
import type { RunReport } from "./report.ts";
import { Pipeline } from "./run.ts";
import type { Sql } from "./sql.ts";
import { type WorkspaceStatus, workspaceStatus } from "./status.ts";
import { type TestReport, testDestination } from "./test-event.ts";

/** A run waits this long for slow destinations before it leaves them to themselves. */
const runMs = 5000;
/** A sync that somebody waits for waits longer. */
const syncMs = 20_000;

interface Works {
  readonly config: Config;
  readonly workspace: WorkspaceConfig;
  readonly ports: Ports;
  readonly pipeline: Pipeline;
}

export class Relay extends DurableObject<Env> {
  #works: Works | undefined;

  /** The heartbeat: runs at once, and re-arms an alarm that was lost. */
  async beat(): Promise<void> {
    await this.#run("cron");
  }

  override async alarm(): Promise<void> {
    await this.#run("alarm");
  }

  /** Pulls and delivers now; with `fromMs`, reads again from there. */
  async sync(fromMs?: number): Promise<RunReport> {
    const { pipeline } = this.#open();
    if (fromMs !== undefined) pipeline.rewind(fromMs);
    const report = await pipeline.sync(runMs, syncMs);
    await this.ctx.storage.setAlarm(pipeline.nextMs());
    return report;
  }

  status(): WorkspaceStatus {
    const { ports, pipeline, config, workspace } = this.#open();
    return workspaceStatus(ports, pipeline, config, workspace.id);
  }

  look(query: LookQuery): Promise<Look> {
    const { ports, pipeline, workspace } = this.#open();
    return look(ports, pipeline.source, workspace.id, query);
  }

  /** Null when no destination of this workspace has the name. */
  async test(name: string): Promise<TestReport | null> {
    const { ports, pipeline, workspace } = this.#open();
    const member = pipeline.members.find(({ lane }) => lane.name === name);
    return member ? testDestination(ports, member.config, workspace.id) : null;
  }

  deadLetters(limit: number, before?: number) {
    return this.#open().ports.ledger.deadLetters(limit, before);
  }

  /** Sends a dead letter again with the next run, which is now. */
  async retryDeadLetter(id: number): Promise<"retrying" | "not found" | "not sendable"> {
    const { ports, pipeline } = this.#open();
    const letter = ports.ledger.deadLetter(id);
    if (!letter) return "not found";
    if (letter.destination === null) return "not sendable";
    ports.ledger.setRetrying(id);
    await this.ctx.storage.setAlarm(ports.clock.now());
    pipeline.wake(letter.destination);
    return "retrying";
  }

  discardDeadLetter(id: number): boolean {
    const { ledger } = this.#open().ports;
    const found = ledger.deadLetter(id) !== undefined;
    ledger.discard(id);
    return found;
  }

  async #run(trigger: "cron" | "alarm"): Promise<void> {
    const works = this.#tryOpen();
    // A workspace that is no longer configured, or a broken configuration: nothing is pulled or sent. The cron
    // tells why, and wakes the workspace when it is mended.
    if (!works) return;
    const { pipeline, config, ports } = works;
    // Armed first, so that a run that dies on the way is followed by another.
    await this.ctx.storage.setAlarm(ports.clock.now() + config.pollMs);
    try {
      await pipeline.run(trigger, Math.min(runMs, config.pollMs));
    } catch (error) {
      ports.log.error("run broke off", { workspace: works.workspace.id, trigger, error });
      if (trigger === "cron") throw error;
      return;
    }
    await this.ctx.storage.setAlarm(pipeline.nextMs());
  }

  #open(): Works {
    const works = this.#tryOpen();
    if (!works) throw new Error(`workspace ${this.#name()} is not configured`);
    return works;
  }

  #tryOpen(): Works | undefined {
    if (this.#works) return this.#works;
    const parsed = parseConfig(this.env);
    if (!parsed.ok) return undefined;
    const { config } = parsed;
    const ledger = new Ledger(toSql(this.ctx.storage));
    const workspace = config.workspaces.find(({ id }) => id === this.#name(ledger));
    if (!workspace) return undefined;
    const ports: Ports = {
      fetch: ((request) => fetch(request)) as Fetch,
      clock: systemClock,
      random: Math.random,
      marks: {
        read: () => this.env.MARKS.get(`marks:${workspace.id}`),
        write: (value) => this.env.MARKS.put(`marks:${workspace.id}`, value),
      },
      ledger,
      log: jsonLog(redactor(config.secrets)),
    };
    for (const warning of config.warnings) ports.log.warn("configuration", { warning });
    this.#works = { config, workspace, ports, pipeline: new Pipeline(ports, config, workspace) };
    return this.#works;
  }

  /** The workspace's id is the object's name, which is kept in case an alarm does not bring it along. */
  #name(ledger = new Ledger(toSql(this.ctx.storage))): string {
    const key = "workspace";
    const name = this.ctx.id.name;
    const kept = ledger.get(key);
    if (name !== undefined && kept !== name) ledger.set(key, name);
    return name ?? String(kept);
  }
}

function toSql(storage: DurableObjectStorage): Sql {
  return {
    exec: (query, ...bindings) =>
      storage.sql.exec<Record<string, string | number | null>>(query, ...bindings).toArray(),
    transaction: (work) => storage.transactionSync(work),
  };
}
