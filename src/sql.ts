// The SQL that the ledger speaks: SQLite, synchronous, as in a Durable Object's storage and in node:sqlite.

type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

export interface Sql {
  /** Runs one statement and returns its rows. Throws on a fault. */
  exec(query: string, ...bindings: SqlValue[]): Row[];
  /** All or nothing: a throw inside rolls back. */
  transaction<T>(work: () => T): T;
}

/** Of a Durable Object. */
export function toSql(storage: DurableObjectStorage): Sql {
  return {
    exec: (query, ...bindings) => storage.sql.exec<Row>(query, ...bindings).toArray(),
    transaction: (work) => storage.transactionSync(work),
  };
}
