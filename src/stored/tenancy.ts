// The configuration of a stored workspace in its own Durable Object, which is where a change is live at once. From here
// it goes to KV and to the roll, again and again until both have it: what they show may be late, never lost.
import type { Config } from "../config.ts";
import type { Ledger } from "../ledger.ts";
import { isObject } from "../source/record.ts";
import { dayMs, toIso } from "../time.ts";
import { Keyring } from "./keyring.ts";
import { type Draft, isCurrent, placesOf, type StoredRecord, seal, unseal } from "./record.ts";
import type { Entry } from "./roll.ts";
import { sharers, storedConfig } from "./settings.ts";

/** Where a record goes to, beside the object's own storage. */
export interface Outlets {
  /** Null: it is removed. */
  toKv(record: StoredRecord | null): Promise<void>;
  fromKv(): Promise<unknown>;
  /** Whether it is still a stored workspace: KV may show one for a while that was deleted. */
  onRoll(): Promise<boolean>;
  toRoll(entry: Entry): Promise<void>;
  offRoll(): Promise<void>;
}

/** As the ledger has it. */
interface Held {
  /** Null once it was deleted. */
  readonly record: StoredRecord | null;
  /** Of the last change, a deletion counted. */
  readonly version: number;
  /** KV and the roll have it. */
  readonly published: boolean;
  /** So many workspaces share what the plan allows. */
  readonly sharers?: number;
  /** When the ledger of a deleted one is erased. */
  readonly eraseMs?: number;
}

type Opened =
  | { readonly kind: "none" }
  | { readonly kind: "open"; readonly config: Config }
  | { readonly kind: "broken"; readonly problem: string };

export type Changed =
  | { readonly kind: "changed"; readonly record: StoredRecord }
  /** `version` is the one that stands; 0 where there is none. */
  | { readonly kind: "conflict"; readonly version: number };

const key = "stored";

export class Tenancy {
  readonly #id: string;
  readonly #ledger: Ledger;
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #outlets: Outlets;
  #held: Held | undefined;
  #opened: Opened = { kind: "none" };

  constructor(
    id: string,
    ledger: Ledger,
    env: Readonly<Record<string, unknown>>,
    outlets: Outlets,
  ) {
    this.#id = id;
    this.#ledger = ledger;
    this.#env = env;
    this.#outlets = outlets;
    const held = ledger.get(key);
    this.#held = isObject(held) ? (held as unknown as Held) : undefined;
  }

  /** Once, before anything else is asked. Under a new key the secrets are sealed anew. */
  async load(): Promise<void> {
    const record = this.#held?.record;
    if (!record) return;
    this.#opened = await this.#open(record);
    const ring = await Keyring.open(this.#env);
    if (this.#opened.kind !== "open" || !ring.ok || (await isCurrent(record, ring.keyring))) return;
    const wanted = await unseal(record, ring.keyring);
    if (!wanted) return;
    const { version, updatedAt } = record;
    const sealed = { ...(await seal(this.#id, wanted, ring.keyring)), version, updatedAt };
    this.#hold({ ...this.#held, record: sealed, version, published: false });
  }

  get record(): StoredRecord | null {
    return this.#held?.record ?? null;
  }

  get config(): Config | undefined {
    if (this.#opened.kind !== "open") return undefined;
    const sharers = () => this.#held?.sharers ?? 1;
    return Object.defineProperty({ ...this.#opened.config }, "sharers", { get: sharers });
  }

  /** Why there is no configuration to work by; null where there is one. */
  get problem(): string | null {
    if (this.#opened.kind === "open") return null;
    if (this.#opened.kind === "broken") return this.#opened.problem;
    return "No configuration of it is stored. Send it: PUT /workspaces/<id>";
  }

  /** A newer one is known elsewhere than here. */
  isOlderThan(version: number): boolean {
    return (this.#held?.version ?? 0) < version;
  }

  /** When a deleted one is to be erased; null as long as it is not deleted. */
  get eraseMs(): number | null {
    return this.record ? null : (this.#held?.eraseMs ?? null);
  }

  get published(): boolean {
    return this.#held?.published ?? true;
  }

  /** `expected`: the version that it replaces, 0 for none; undefined for whichever stands. */
  async change(draft: Draft, expected: number | undefined, nowMs: number): Promise<Changed> {
    const opened = await this.#open(draft);
    // From here to the storing nothing is awaited: of two changes at once, one finds the other's version.
    const standing = this.record?.version ?? 0;
    if (expected !== undefined && expected !== standing)
      return { kind: "conflict", version: standing };
    const version = (this.#held?.version ?? 0) + 1;
    const record = { ...draft, version, updatedAt: toIso(nowMs) };
    this.#hold({ ...this.#sharers, record, version, published: false });
    this.#opened = opened;
    return { kind: "changed", record };
  }

  /** False where there is none. Its ledger is kept for so many days more. */
  remove(keepDays: number, nowMs: number): boolean {
    if (!this.#held?.record) return false;
    const version = this.#held.version + 1;
    const eraseMs = nowMs + keepDays * dayMs;
    this.#hold({ record: null, version, published: false, eraseMs });
    this.#opened = { kind: "none" };
    return true;
  }

  /** What KV has, where this object has lost its own or missed a change. True when it was taken. */
  async recover(): Promise<boolean> {
    if (!(await this.#outlets.onRoll())) return false;
    const found = await this.#outlets.fromKv();
    if (!isRecord(found, this.#id) || !this.isOlderThan(found.version)) return false;
    this.#opened = await this.#open(found);
    this.#hold({ ...this.#sharers, record: found, version: found.version, published: true });
    return true;
  }

  /** Throws where KV or the roll does not take it: to be tried again. */
  async publish(): Promise<void> {
    const held = this.#held;
    if (!held || held.published) return;
    const { record } = held;
    await this.#outlets.toKv(record);
    if (record)
      await this.#outlets.toRoll({
        id: this.#id,
        version: record.version,
        updatedAt: record.updatedAt,
        destinations: placesOf(record),
      });
    else await this.#outlets.offRoll();
    // A change meanwhile is published by itself.
    if (this.#held === held) this.#hold({ ...held, published: true });
  }

  /** How many workspaces there are. Noted only when it has changed by much: each note is a row written. */
  share(total: number): void {
    if (this.#opened.kind !== "open" || !this.#held) return;
    const wanted = sharers(total, this.#opened.config);
    const known = this.#held.sharers ?? 1;
    if (wanted <= known && wanted >= known / 3) return;
    this.#hold({ ...this.#held, sharers: wanted === 1 ? 1 : Math.ceil(wanted * 1.5) });
  }

  get #sharers() {
    return this.#held?.sharers === undefined ? {} : { sharers: this.#held.sharers };
  }

  #hold(held: Held): void {
    this.#ledger.set(key, held);
    this.#held = held;
  }

  async #open(record: Draft): Promise<Opened> {
    const ring = await Keyring.open(this.#env);
    if (!ring.ok) return broken(ring.problem);
    const wanted = await unseal(record, ring.keyring);
    if (!wanted)
      return broken(
        "its secrets are encrypted under a key that CONFIG_KEY does not hold. Put that key back behind the new one, with a comma between; or, if it is lost, send the workspace again with its secrets: PUT /workspaces/<id>",
      );
    const parsed = storedConfig(this.#env, this.#id, wanted);
    return parsed.ok
      ? { kind: "open", config: parsed.config }
      : broken(`the configuration is broken: ${parsed.problems.join("; ")}`);
  }
}

function broken(reason: string): Opened {
  return {
    kind: "broken",
    problem: `${reason.replace(/^./, (first) => first.toUpperCase())}. Nothing is read until then.`,
  };
}

/** Its secrets are judged when they are opened. */
function isRecord(value: unknown, id: string): value is StoredRecord {
  return (
    isObject(value) &&
    value.id === id &&
    Number.isSafeInteger(value.version) &&
    typeof value.updatedAt === "string" &&
    Array.isArray(value.destinations)
  );
}
