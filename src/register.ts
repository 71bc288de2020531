// The Durable Object that keeps the roll of the stored workspaces: one for all, asked once a minute and by the admin.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";
import { systemClock } from "./http.ts";
import { toSql } from "./storage.ts";
import {
  type Entry,
  type Listed,
  Roll,
  type Seen,
  type Summary,
  type Turn,
} from "./stored/roll.ts";
import { perMinute } from "./stored/rounds.ts";

export class Register extends DurableObject<Env> {
  readonly #roll = new Roll(toSql(this.ctx.storage));

  put(entry: Entry): void {
    this.#roll.put(entry, systemClock.now());
  }

  remove(id: string): void {
    this.#roll.remove(id);
  }

  get(id: string): Listed | null {
    return this.#roll.get(id);
  }

  list(after: string, limit: number, state: string | null): Listed[] {
    return this.#roll.list(after, limit, state);
  }

  turn(budget: number, queued: boolean): Turn {
    return this.#roll.turn((total) => perMinute(total, budget, queued));
  }

  note(seen: readonly Seen[], everyMs: number): void {
    this.#roll.note(seen, everyMs, systemClock.now());
  }

  summary(): Summary {
    return this.#roll.summary();
  }
}
