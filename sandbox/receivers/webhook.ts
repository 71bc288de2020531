// A receiver of Standard Webhooks that believes nothing it has not verified, and fails on request.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import type { Clock } from "../../src/http.ts";
import type { Site } from "../site.ts";
import { meet, type ReceiverFaults } from "./faults.ts";

const message = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  timestamp: z.iso.datetime(),
  data: z.unknown(),
});
const batch = message.extend({ type: z.literal("tidemark.batch"), data: z.array(message).min(1) });
const payload = z.union([batch, message]);

export type WebhookMessage = z.infer<typeof message>;

/** One verified request that was taken. */
export interface WebhookDelivery {
  readonly receivedAtMs: number;
  /** The header `webhook-id`. */
  readonly id: string;
  readonly body: unknown;
  /** The message itself, or those of a batch. */
  readonly events: readonly WebhookMessage[];
}

export interface WebhookReceiver extends Site {
  readonly deliveries: readonly WebhookDelivery[];
  /** How often each status was answered; 0 counts the requests whose answer never arrived. */
  readonly answers: ReadonlyMap<number, number>;
  /** How often each event was taken, by id. */
  readonly taken: ReadonlyMap<string, number>;
  /** Events that were taken although they had been taken before. */
  readonly repeats: number;
  /** Why the last refused request was refused. */
  readonly lastRefusal: string | undefined;
  /** Ids of events that are refused with 400, for good. */
  readonly refused: Set<string>;
  faults: ReceiverFaults;
  /** Hears of each delivery as it is taken; returns the way to stop. */
  onDelivery(listener: (delivery: WebhookDelivery) => void): () => void;
  /** Everything is answered with this from now on. */
  revoke(status?: 401 | 403 | 404 | 410): void;
  restore(): void;
}

const toleranceS = 300;

export function webhookReceiver({
  clock,
  secrets,
  faults = () => undefined,
}: {
  readonly clock: Clock;
  /** `whsec_…`; a request that is signed with one of them is genuine. */
  readonly secrets: readonly string[];
  readonly faults?: ReceiverFaults;
}): WebhookReceiver {
  const verifiers = secrets.map((secret) => verifier(secret, clock));
  const deliveries: WebhookDelivery[] = [];
  const answers = new Map<number, number>();
  const taken = new Map<string, number>();
  const listeners = new Set<(delivery: WebhookDelivery) => void>();
  let repeats = 0;
  let revoked: number | undefined;
  let lastRefusal: string | undefined;

  const count = (status: number) => answers.set(status, (answers.get(status) ?? 0) + 1);
  const answer = (status: number, text = "", retryAfterS?: number): Response => {
    count(status);
    const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
    return new Response(status === 204 ? null : text, { status, headers });
  };
  const refuse = (status: 400 | 401 | 405, why: string): Response => {
    lastRefusal = why;
    return answer(status, why);
  };

  async function receive(request: Request): Promise<Response> {
    if (revoked !== undefined) return answer(revoked, "this endpoint takes nothing from you");
    if (request.method !== "POST") return refuse(405, "expected POST");
    const text = await request.text();
    const headers = Object.fromEntries(request.headers);
    if (!verifiers.some((genuine) => genuine(text, headers))) {
      return refuse(401, "the signature or its time is not right");
    }
    const parsed = payload.safeParse(parseJson(text));
    if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
    const { data: body } = parsed;
    const id = headers["webhook-id"] ?? "";
    if (body.id !== id) return refuse(400, "the header webhook-id and the body's id differ");
    const inner = batch.safeParse(body);
    const events = inner.success ? inner.data.data : [body];
    const unwanted = events.find((event) => receiver.refused.has(event.id));
    if (unwanted) return refuse(400, `the event ${unwanted.id} is not wanted here`);
    take({ receivedAtMs: clock.now(), id, body, events });
    return answer(204);
  }

  function take(delivery: WebhookDelivery): void {
    for (const { id } of delivery.events) {
      const times = taken.get(id) ?? 0;
      taken.set(id, times + 1);
      if (times > 0) repeats += 1;
    }
    deliveries.push(delivery);
    for (const listener of listeners) listener(delivery);
  }

  const receiver: WebhookReceiver = {
    deliveries,
    answers,
    taken,
    get repeats() {
      return repeats;
    },
    get lastRefusal() {
      return lastRefusal;
    },
    refused: new Set(),
    faults,
    fetch: (request) =>
      meet(receiver.faults(), { clock, request, receive, answer, lost: () => count(0) }),
    onDelivery(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revoke(status = 401) {
      revoked = status;
    },
    restore() {
      revoked = undefined;
    },
  };
  return receiver;
}

/**
 * The library's own `verify` with one change: it compares the timestamp with the real Date, which says nothing in a
 * world that has its own clock, so that its time check is replaced by the same one on that clock.
 */
function verifier(secret: string, clock: Clock) {
  const webhook = new Webhook(secret);
  Object.defineProperty(webhook, "verifyTimestamp", {
    value(header: string): Date {
      const sent = /^\d{1,12}$/.test(header) ? Number(header) : Number.NaN;
      const ageS = Math.abs(Math.floor(clock.now() / 1000) - sent);
      if (!(ageS <= toleranceS)) throw new Error("the timestamp is too old, too new, or none");
      return new Date(sent * 1000);
    },
  });
  return (text: string, headers: Record<string, string>): boolean => {
    try {
      webhook.verify(text, headers, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
