// What a message cannot hold stands on a page: the events that it tells of, as the destination may see them, behind a
// signed address that expires.
import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Link } from "../destinations/destination.ts";
import type { AuditEvent } from "../event/event.ts";
import type { Group } from "../outbox.ts";
import type { Ports } from "../ports.ts";
import { dayMs } from "../time.ts";

/** Long enough for a holiday's first morning. */
const keptMs = 7 * dayMs;
const keyKey = "list_key";
const originKey = "origin";

/** An event as a line of such a page. */
export type Listed = Pick<AuditEvent, "id" | "time" | "type" | "severity" | "summary">;

export interface List {
  readonly destination: string;
  readonly untilMs: number;
  /** The most severe first. */
  readonly events: readonly Listed[];
}

export class Lists {
  readonly #ports: Pick<Ports, "ledger" | "clock">;
  readonly #workspaceId: string;
  readonly #configured: string | null;
  #key: Buffer | undefined;

  /** `publicUrl` is the Worker's own address; null where only its visitors know it. */
  constructor(
    ports: Pick<Ports, "ledger" | "clock">,
    workspaceId: string,
    publicUrl: string | null,
  ) {
    this.#ports = ports;
    this.#workspaceId = workspaceId;
    this.#configured = publicUrl;
  }

  /** An admin came to this address. It is the Worker's own, unless the configuration has another. */
  visited(origin: string): void {
    const { ledger } = this.#ports;
    if (this.#configured === null && ledger.get(originKey) !== origin)
      ledger.set(originKey, origin);
  }

  /** Undefined as long as nobody knows where the page would be. */
  link(destination: string, letters: Group): Link | undefined {
    const { ledger, clock } = this.#ports;
    const origin = this.#configured ?? ledger.get(originKey);
    if (typeof origin !== "string") return undefined;
    const events = letters.map(({ event: { id, time, type, severity, summary } }) => ({
      id,
      time,
      type,
      severity,
      summary,
    }));
    const nowMs = clock.now();
    const untilMs = nowMs + keptMs;
    const hash = createHash("sha256").update(JSON.stringify([destination, nowMs, events]));
    const id = hash.digest("base64url").slice(0, 22);
    ledger.lists.put(id, { destination, untilMs, events });
    const url = new URL(`/lists/${encodeURIComponent(this.#workspaceId)}/${id}`, origin);
    url.searchParams.set("signature", this.#sign(id).toString("base64url"));
    return { url: url.href, untilMs };
  }

  /** Undefined where the signature is not ours, or the list has expired. */
  read(id: string, signature: string): List | undefined {
    const given = Buffer.from(signature, "base64url");
    const right = this.#sign(id);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const list = this.#ports.ledger.lists.get(id);
    return list && list.untilMs > this.#ports.clock.now() ? list : undefined;
  }

  #sign(id: string): Buffer {
    this.#key ??= this.#makeKey();
    const signed = JSON.stringify([this.#workspaceId, id]);
    return createHmac("sha256", this.#key).update(signed).digest().subarray(0, 18);
  }

  #makeKey(): Buffer {
    const { ledger } = this.#ports;
    const kept = ledger.get(keyKey);
    if (typeof kept === "string") return Buffer.from(kept, "base64url");
    const made = randomBytes(32);
    ledger.set(keyKey, made.toString("base64url"));
    return made;
  }
}
