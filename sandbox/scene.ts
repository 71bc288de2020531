// What `npm start` plays: one Webflow workspace, its two receivers, the switches that make them fail, and the count
// of what arrived against what the audit log holds.
import { randomBytes } from "node:crypto";
import { identify } from "../src/event/identity.ts";
import type { Clock } from "../src/http.ts";
import { type AuditRecord, isUnusable, parseRecord } from "../src/source/record.ts";
import { activity } from "./activity/activity.ts";
import { harborline } from "./activity/cast.ts";
import { type HappeningName, happenings } from "./happenings.ts";
import { internet } from "./internet.ts";
import { seeded } from "./random.ts";
import { eventIdsIn, sandboxHook, slackReceiver } from "./receivers/slack.ts";
import { webhookReceiver } from "./receivers/webhook.ts";
import { webflowApi } from "./webflow/api.ts";
import { AuditLog } from "./webflow/audit-log.ts";
import { Faults } from "./webflow/quirks.ts";
import { Tokens } from "./webflow/tokens.ts";

export const switches = {
  activity: "Background activity",
  throttle: "Webflow answers 429",
  error: "Webflow answers 500",
  refuse: "Webflow refuses the token",
  slack: "Slack is down",
  siem: "SIEM is down",
} as const;
export type SwitchName = keyof typeof switches;

/** What the audit log shows, against what a receiver has taken. */
export interface Tally {
  readonly expected: number;
  readonly arrived: number;
  /** Events that it took more than once. */
  readonly twice: number;
}

export const destinationNames = ["team", "siem"] as const;
export type DestinationName = (typeof destinationNames)[number];

const token = "ws-sandbox-0000000000000000000000000000000000000000000000000000000";
const siemHost = "siem.harborline.example";
const down = { kind: "answer", status: 503, word: "service_unavailable" } as const;

export type Scene = ReturnType<typeof scene>;

export function scene({ clock, seed }: { readonly clock: Clock; readonly seed: number }) {
  const log = new AuditLog();
  const tokens = new Tokens();
  tokens.issue(token);
  const random = seeded(seed);
  const faults = new Faults(random, null, { retryAfterSeconds: 5 });
  const webflow = webflowApi({
    log,
    clock,
    random,
    tokens,
    faults,
    workspace: { ...harborline },
    rateLimit: 120,
  });
  const signingSecret = `whsec_${randomBytes(32).toString("base64")}`;
  const slack = slackReceiver({ clock });
  const siem = webhookReceiver({ clock, secrets: [signingSecret] });
  const stories = activity(seed);
  const expected = new Expected();
  const taken = new Map<string, number>();
  const take = (ids: readonly string[]) => {
    for (const id of ids) taken.set(id, (taken.get(id) ?? 0) + 1);
  };
  slack.onMessage(({ payload }) => take(eventIdsIn(payload)));
  const takenBy = { team: taken, siem: siem.taken };
  const on: Record<SwitchName, boolean> = {
    activity: true,
    throttle: false,
    error: false,
    refuse: false,
    slack: false,
    siem: false,
  };

  function add(items: readonly unknown[], visibleAtMs?: number): void {
    for (const item of items) log.add(item, visibleAtMs === undefined ? {} : { visibleAtMs });
    expected.add(items, visibleAtMs);
  }

  return {
    slack,
    siem,
    /** Events that a message of Slack's only links to. */
    take,
    webflow: webflow.counts,
    internet: internet({
      "api.webflow.com": webflow,
      "hooks.slack.com": slack,
      [siemHost]: siem,
    }),
    /** The Worker's configuration for this scene. */
    vars: {
      POLL_SECONDS: 2,
      WORKSPACES: [{ id: harborline.id, token: "$WEBFLOW_TOKEN" }],
      // From a little before now, so that an event may also be late in the first minute.
      DESTINATIONS: [
        { name: "team", type: "slack", url: "$SLACK_WEBHOOK_URL", start: "5m" },
        {
          name: "siem",
          type: "webhook",
          url: `https://${siemHost}/in`,
          secret: "$SIEM_SIGNING_SECRET",
          start: "5m",
        },
      ] satisfies { name: DestinationName; [option: string]: string }[],
    },
    secrets: {
      WEBFLOW_TOKEN: token,
      SLACK_WEBHOOK_URL: sandboxHook,
      SIEM_SIGNING_SECRET: signingSecret,
    },

    happen(name: HappeningName): void {
      const happening = happenings[name];
      const nowMs = clock.now();
      const lateByMs = "lateByMs" in happening ? happening.lateByMs : 0;
      add(happening.items(nowMs - lateByMs), nowMs);
    },
    /** The next of the stories that the people of the workspace live; some of its events lie up to a minute ahead. */
    tellStory(): void {
      add(stories.at(clock.now()));
    },
    on: on as Readonly<Record<SwitchName, boolean>>,
    flip(name: SwitchName): void {
      on[name] = !on[name];
      const kinds = [
        ...(on.throttle ? (["throttled"] as const) : []),
        ...(on.error ? (["internal_error"] as const) : []),
      ];
      faults.mix = kinds.length > 0 ? { rate: 1, kinds } : null;
      if (on.refuse) tokens.revoke(token);
      else tokens.restore(token);
      slack.faults = () => (on.slack ? down : undefined);
      siem.faults = () => (on.siem ? down : undefined);
    },
    tally(name: DestinationName): Tally {
      const ids = expected.visible(clock.now());
      const times = ids.map((id) => takenBy[name].get(id) ?? 0);
      return {
        expected: ids.length,
        arrived: times.filter((count) => count > 0).length,
        twice: times.filter((count) => count > 1).length,
      };
    },
  };
}

/** The ids of all that the log shows: equal events of one millisecond are told apart together. */
class Expected {
  readonly #groups = new Map<number, { record: AuditRecord; visibleAtMs: number }[]>();
  readonly #visibleAt = new Map<string, number>();

  add(items: readonly unknown[], visibleAtMs?: number): void {
    const touched = new Set<number>();
    for (const item of items) {
      const record = parseRecord(item);
      if (isUnusable(record)) continue;
      const group = this.#groups.get(record.timeMs) ?? [];
      group.push({ record, visibleAtMs: visibleAtMs ?? record.timeMs });
      this.#groups.set(record.timeMs, group);
      touched.add(record.timeMs);
    }
    for (const timeMs of touched) {
      const group = this.#groups.get(timeMs) ?? [];
      const known = new Map(group.map(({ record, visibleAtMs }) => [record, visibleAtMs]));
      const records = group.map(({ record }) => record);
      for (const { id, record } of identify(records, harborline.id)) {
        this.#visibleAt.set(id, known.get(record) ?? timeMs);
      }
    }
  }

  visible(nowMs: number): string[] {
    return [...this.#visibleAt].filter(([, at]) => at <= nowMs).map(([id]) => id);
  }
}
