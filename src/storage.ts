// The ledger's SQL on a Durable Object's storage, which tells what each statement costs.
import type { Sql } from "./sql.ts";

export function toSql(storage: DurableObjectStorage): Sql {
  const used = { written: 0, read: 0 };
  return {
    exec: (query, ...bindings) => {
      const cursor = storage.sql.exec<Record<string, string | number | null>>(query, ...bindings);
      const rows = cursor.toArray();
      used.written += cursor.rowsWritten;
      used.read += cursor.rowsRead;
      return rows;
    },
    transaction: (work) => storage.transactionSync(work),
    used: () => used,
  };
}
