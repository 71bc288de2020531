// The SQL that the ledger speaks: SQLite, synchronous, as in a Durable Object's storage and in node:sqlite.

type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

export interface Sql {
  /** Runs one statement and returns its rows. Throws on a fault. */
  exec(query: string, ...bindings: SqlValue[]): Row[];
  /** All or nothing: a throw inside rolls back. */
  transaction<T>(work: () => T): T;
  /** What it has cost since it was opened. */
  used(): RowsUsed;
}

/** Rows as Cloudflare bills them: an index that is written counts like a row. */
export interface RowsUsed {
  readonly written: number;
  readonly read: number;
}

/** Of a Durable Object. */
