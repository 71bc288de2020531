// The ledger's SQL in a Durable Object's own storage.
import type { Sql } from "./sql.ts";

export function storageSql(storage: DurableObjectStorage): Sql {
  return {
    exec: (query, ...bindings) =>
      storage.sql.exec<Record<string, string | number | null>>(query, ...bindings).toArray(),
    transaction: (work) => storage.transactionSync(work),
  };
}
