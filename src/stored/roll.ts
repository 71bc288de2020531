// Which workspaces are stored, how each was when it was last looked at, and whose turn it is to be looked at.
// The rows lie in one Durable Object, which the cron and the admin ask: never a workspace's own runs.
import type { Row, Sql } from "../sql.ts";

/** Of a workspace that was looked at: how it is in a word, and what is wrong. */
export interface Seen {
  readonly id: string;
  readonly state: string;
  readonly problem: string | null;
}

export interface Entry {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string;
  /** Names. */
  readonly destinations: readonly string[];
}

export interface Listed extends Entry {
  /** `unseen` until it is looked at for the first time. */
  readonly state: string;
  readonly problem: string | null;
  /** Since when it is in that state. */
  readonly sinceMs: number;
}

export interface Turn {
  readonly members: readonly { readonly id: string; readonly version: number }[];
  readonly total: number;
}

export interface Summary {
  readonly total: number;
  /** How many are in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** How long it takes to look at each once. */
  readonly everyMs: number;
  /** When one was last looked at; null before the first. */
  readonly lookedMs: number | null;
}

const cursorKey = "cursor";
const roundKey = "round";

export class Roll {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS members (id TEXT PRIMARY KEY, slot INTEGER NOT NULL, version INTEGER NOT NULL,
         updated_at TEXT NOT NULL, destinations TEXT NOT NULL, state TEXT NOT NULL, problem TEXT, since_ms INTEGER NOT NULL)`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS members_slot ON members (slot, id)");
    sql.exec("CREATE TABLE IF NOT EXISTS rounds (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
  }

  /** An older version than the one that stands here changes nothing: it was overtaken on its way. */
  put({ id, version, updatedAt, destinations }: Entry, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO members (id, slot, version, updated_at, destinations, state, problem, since_ms)
       VALUES (?, ?, ?, ?, ?, 'unseen', NULL, ?)
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at,
         destinations = excluded.destinations WHERE excluded.version > members.version`,
      id,
      slotOf(id),
      version,
      updatedAt,
      JSON.stringify(destinations),
      nowMs,
    );
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM members WHERE id = ?", id);
  }

  get(id: string): Listed | null {
    return this.#sql.exec("SELECT * FROM members WHERE id = ?", id).map(toListed)[0] ?? null;
  }

  /** By id, after the one given. */
  list(after: string, limit: number, state: string | null): Listed[] {
    const rows =
      state === null
        ? this.#sql.exec("SELECT * FROM members WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        : this.#sql.exec(
            "SELECT * FROM members WHERE id > ? AND state = ? ORDER BY id LIMIT ?",
            after,
            state,
            limit,
          );
    return rows.map(toListed);
  }

  count(): number {
    return Number(this.#sql.exec("SELECT count(*) AS n FROM members")[0]?.n);
  }

  /** The next ones whose turn it is, as many as `most` says of a total; after the last one comes the first. */
  turn(most: (total: number) => number): Turn {
    const total = this.count();
    const wanted = Math.min(total, most(total));
    if (wanted === 0) return { members: [], total };
    const cursor = String(this.#get(cursorKey) ?? "");
    const [slot = "-1", ...rest] = cursor.split(" ");
    const from = (after: number, id: string, limit: number) =>
      this.#sql.exec(
        "SELECT id, version, slot FROM members WHERE (slot, id) > (?, ?) ORDER BY slot, id LIMIT ?",
        after,
        id,
        limit,
      );
    const first = from(Number(slot || -1), rest.join(" "), wanted);
    const again = first.length < wanted ? from(-1, "", wanted - first.length) : [];
    const rows = [...first, ...again];
    const last = rows.at(-1);
    if (last && wanted < total) this.#set(cursorKey, `${last.slot} ${last.id}`);
    return {
      members: rows.map(({ id, version }) => ({ id: String(id), version: Number(version) })),
      total,
    };
  }

  /** How they were found. Only what has changed is written: at each look a row for each would be dear. */
  note(seen: readonly Seen[], everyMs: number, nowMs: number): void {
    this.#sql.transaction(() => {
      for (const { id, state, problem } of seen)
        this.#sql.exec(
          `UPDATE members SET since_ms = CASE WHEN state = ?2 THEN since_ms ELSE ?4 END, state = ?2, problem = ?3
           WHERE id = ?1 AND (state <> ?2 OR problem IS NOT ?3)`,
          id,
          state,
          problem,
          nowMs,
        );
      this.#set(roundKey, JSON.stringify({ everyMs, lookedMs: nowMs }));
    });
  }

  summary(): Summary {
    const rows = this.#sql.exec("SELECT state, count(*) AS n FROM members GROUP BY state");
    const states = Object.fromEntries(rows.map(({ state, n }) => [String(state), Number(n)]));
    const round = JSON.parse(this.#get(roundKey) ?? "{}") as {
      everyMs?: number;
      lookedMs?: number;
    };
    return {
      total: Object.values(states).reduce((sum, n) => sum + n, 0),
      states,
      everyMs: round.everyMs ?? 60_000,
      lookedMs: round.lookedMs ?? null,
    };
  }

  #get(key: string): string | undefined {
    const row = this.#sql.exec("SELECT value FROM rounds WHERE key = ?", key)[0];
    return row && String(row.value);
  }

  #set(key: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO rounds (key, value) VALUES (?, ?)", key, value);
  }
}

/** FNV-1a: spreads ids that differ in a digit only over all of 32 bits. */
export function slotOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const unit of new TextEncoder().encode(id)) hash = Math.imul(hash ^ unit, 0x01000193);
  // The last bytes of an id reach the low bits only: mixed once more.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function toListed(row: Row): Listed {
  return {
    id: String(row.id),
    version: Number(row.version),
    updatedAt: String(row.updated_at),
    destinations: JSON.parse(String(row.destinations)) as string[],
    state: String(row.state),
    problem: row.problem === null ? null : String(row.problem),
    sinceMs: Number(row.since_ms),
  };
}
