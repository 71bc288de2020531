// The production Worker in workerd and a small internet around it, in real time.
import { generate } from "../../sandbox/activity/activity.ts";
import { internet } from "../../sandbox/internet.ts";
import { eventIdsBehind } from "../../sandbox/lists.ts";
import { seeded } from "../../sandbox/random.ts";
import {
  eventIdsIn,
  type SlackPayload,
  sandboxHook,
  slackReceiver,
} from "../../sandbox/receivers/slack.ts";
import { webhookReceiver } from "../../sandbox/receivers/webhook.ts";
import type { Site } from "../../sandbox/site.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { defaultQuirks, Faults } from "../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { type RunningWorker, startWorker, type WorkerLine } from "../../sandbox/worker.ts";
import { systemClock } from "../../src/http.ts";

export const adminToken = "the-admin-token-of-the-tests";
export const token = "ws-token-of-the-tests";
export const workspace = { id: "6621ccb459b561c69f29d57c", slug: "heart-of-gold" };
const signingSecret = "whsec_dGhlLXNpZ25pbmctc2VjcmV0LW9mLXRoZS10ZXN0cyE=";

export type DestinationName = "team" | "siem" | "archive";

interface Setup {
  readonly seed?: number;
  readonly siem?: Record<string, unknown>;
  readonly team?: Record<string, unknown>;
  /** A second webhook, which takes batches; without it there is none. */
  readonly archive?: Record<string, unknown>;
  /** Stands in the way to a receiver, anew for each life of the Worker: the first is 1. */
  readonly around?: (name: DestinationName, site: Site, life: number) => Site;
  readonly vars?: Record<string, unknown>;
  /** More of the internet, by host. */
  readonly sites?: Readonly<Record<string, Site>>;
  readonly persist?: string;
}

/** Everything outside the Worker lives on when it is ended and started again. */
export class Deployed {
  readonly random;
  readonly log = new AuditLog();
  readonly tokens = new Tokens();
  readonly faults: Faults;
  readonly api;
  readonly slack = slackReceiver({ clock: systemClock });
  readonly siem = webhookReceiver({ clock: systemClock, secrets: [signingSecret] });
  readonly archive = webhookReceiver({ clock: systemClock, secrets: [signingSecret] });
  readonly lines: WorkerLine[] = [];
  /** Called right before each page of the log is answered. */
  beforeAnswer: (nowMs: number) => void = () => undefined;
  #lives = 0;
  readonly #listed: string[] = [];
  readonly #setup: Setup;
  #worker: RunningWorker | undefined;

  constructor(setup: Setup = {}) {
    this.#setup = setup;
    this.random = seeded(setup.seed ?? 1);
    this.faults = new Faults(this.random, null, { retryAfterSeconds: 1 });
    this.tokens.issue(token);
    this.api = webflowApi({
      log: this.log,
      clock: systemClock,
      random: this.random,
      tokens: this.tokens,
      workspace,
      quirks: { ...defaultQuirks },
      faults: this.faults,
      rateLimit: Number.POSITIVE_INFINITY,
      beforeAnswer: (nowMs) => this.beforeAnswer(nowMs),
    });
    // Whoever waits for the events waits in vain where a page cannot be read.
    this.slack.onMessage(({ payload }) => void this.#readPages(payload).catch(console.error));
  }

  async #readPages(payload: SlackPayload): Promise<void> {
    this.#listed.push(...(await eventIdsBehind(payload, (path) => this.worker.fetch(path))));
  }

  /** Without `beat` nothing but the alarm of an earlier life wakes it. */
  async start(secrets: Record<string, string> = {}, { beat = true } = {}): Promise<void> {
    const {
      siem,
      team,
      archive,
      vars,
      persist,
      sites,
      around = (_name, site) => site,
    } = this.#setup;
    this.#lives += 1;
    this.#worker = await startWorker({
      internet: internet({
        "api.webflow.com": this.api,
        "hooks.slack.com": around("team", this.slack, this.#lives),
        "siem.example.com": around("siem", this.siem, this.#lives),
        "archive.example.com": around("archive", this.archive, this.#lives),
        ...sites,
      }),
      vars: {
        // On the free plan a poll each second fits late in the day only: no test is to depend on the hour.
        PLAN: "paid",
        REQUEST_BUDGET: 45,
        POLL_SECONDS: 1,
        WORKSPACES: [{ id: workspace.id, token: "$WEBFLOW_TOKEN" }],
        DESTINATIONS: [
          // What Tidemark tells of itself would be among the events that are counted.
          { name: "team", type: "slack", url: "$SLACK_WEBHOOK_URL", system: false, ...team },
          {
            name: "siem",
            type: "webhook",
            url: "https://siem.example.com/in",
            secret: "$SIEM_SIGNING_SECRET",
            ...siem,
          },
          ...(archive
            ? [
                {
                  name: "archive",
                  type: "webhook",
                  url: "https://archive.example.com/in",
                  secret: "$SIEM_SIGNING_SECRET",
                  batch: true,
                  ...archive,
                },
              ]
            : []),
        ],
        ...vars,
      },
      secrets: {
        ADMIN_TOKEN: adminToken,
        WEBFLOW_TOKEN: token,
        SLACK_WEBHOOK_URL: sandboxHook,
        SIEM_SIGNING_SECRET: signingSecret,
        ...secrets,
      },
      ...(persist !== undefined && { persist }),
      onLine: (line) => this.lines.push(line),
    });
    if (beat) await this.worker.cron();
  }

  get worker(): RunningWorker {
    if (!this.#worker) throw new Error("the Worker is not running");
    return this.#worker;
  }

  async stop(): Promise<void> {
    await this.#worker?.dispose();
    this.#worker = undefined;
  }

  /** Asks as the admin and reads the JSON answer. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; data: Record<string, unknown> }> {
    const response = await this.worker.fetch(path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, data: (await response.json()) as Record<string, unknown> };
  }

  /** Puts generated events into the log, some minutes back. */
  generate(count: number, fromMs: number, toMs: number, lateMaxMs = 0): void {
    const made = generate({
      seed: this.#setup.seed ?? 1,
      count,
      fromMs,
      toMs,
      ties: 0.1,
      twins: 0.02,
      unknownTypes: 0.03,
      ...(lateMaxMs > 0 && { lateShare: 0.05, lateMaxMs }),
      workspace,
    });
    for (const { item, visibleAtMs } of made) this.log.add(item, { visibleAtMs });
  }

  /** Of the events that messages mention, in their lines or on the pages that they link to. */
  slackIds(): string[] {
    return [...this.slack.messages.flatMap(({ payload }) => eventIdsIn(payload)), ...this.#listed];
  }

  siemIds(): string[] {
    return this.siem.deliveries.flatMap(({ events }) => events.map(({ id }) => id));
  }

  archiveIds(): string[] {
    return this.archive.deliveries.flatMap(({ events }) => events.map(({ id }) => id));
  }
}

/** Resolves as soon as the condition holds; rejects with the explanation after `withinMs`. */
export async function until(
  condition: () => boolean,
  withinMs: number,
  explain: () => string,
): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`not within ${withinMs / 1000} s: ${explain()}`);
    await systemClock.sleep(50);
  }
}
