// What a message cannot hold stands on a page: the events that it tells of, as the destination may see them, behind a
// signed address that expires.
import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Config } from "../config.ts";
import type { Link } from "../destinations/destination.ts";
import type { AuditEvent } from "../event/event.ts";
import type { Group } from "../outbox.ts";
import type { Ports } from "../ports.ts";
import { dayMs } from "../time.ts";

/** Long enough for a holiday's first morning. */
const keptMs = 7 * dayMs;
const keyKey = "list_key";
const originKey = "origin";

/** What only can be the two parts of a link: nothing else is worth waking a workspace for. */
export function isLink(id: string, signature: string): boolean {
  return /^[\w-]{22}$/.test(id) && /^[\w-]{24}$/.test(signature);
}

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
  readonly #config: Pick<Config, "publicUrl" | "destinations">;
  #key: Buffer | undefined;

  constructor(
    ports: Pick<Ports, "ledger" | "clock">,
    workspaceId: string,
    config: Pick<Config, "publicUrl" | "destinations">,
  ) {
    this.#ports = ports;
    this.#workspaceId = workspaceId;
    this.#config = config;
  }

  /** An admin came to this address. It is the Worker's own, unless the configuration has another. */
  visited(origin: string): void {
    const { ledger } = this.#ports;
    if (this.#config.publicUrl === null && ledger.get(originKey) !== origin)
      ledger.set(originKey, origin);
  }

  /** Undefined as long as nobody knows where the page would be. */
  link(destination: string, letters: Group): Link | undefined {
    const { ledger, clock } = this.#ports;
    const origin = this.#config.publicUrl ?? ledger.get(originKey);
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
    const list = { destination, untilMs, events };
    const id = this.#idOf(list);
    ledger.lists.put(id, list);
    const url = new URL(`/lists/${encodeURIComponent(this.#workspaceId)}/${id}`, origin);
    url.searchParams.set("signature", this.#sign(id).toString("base64url"));
    return { url: url.href, untilMs };
  }

  /** Undefined where the signature is not ours, the list has expired, or its destination may not see it any more. */
  read(id: string, signature: string): List | undefined {
    if (!isLink(id, signature)) return undefined;
    const given = Buffer.from(signature, "base64url");
    const right = this.#sign(id);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const list = this.#ports.ledger.lists.get(id);
    if (!list || list.untilMs <= this.#ports.clock.now()) return undefined;
    return this.#idOf(list) === id ? list : undefined;
  }

  /** Of all that it shows and of what its destination may see: with another `privacy` it is another list. */
  #idOf({ destination, untilMs, events }: List): string {
    const { view = null } =
      this.#config.destinations.find(({ name }) => name === destination) ?? {};
    const text = JSON.stringify([destination, view, untilMs, events]);
    return createHash("sha256").update(text).digest("base64url").slice(0, 22);
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
