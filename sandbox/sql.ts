// The ledger's SQL on node:sqlite, for tests and the simulator: the same statements as in a Durable Object.
import { DatabaseSync } from "node:sqlite";
import type { Row, Sql } from "../src/sql.ts";

export function nodeSql(path = ":memory:"): Sql {
  const database = new DatabaseSync(path);
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const written = database.prepare("SELECT total_changes() AS n");
  let read = 0;
  return {
    exec(query, ...bindings) {
      let statement = prepared.get(query);
      if (!statement) {
        statement = database.prepare(query);
        prepared.set(query, statement);
      }
      const rows = statement.all(...bindings) as Row[];
      read += rows.length;
      return rows;
    },
    // Without the indexes, which only dead letters have; and of what was read, what was returned: SQLite tells no more.
    used: () => ({ written: Number(written.get()?.n), read }),
    transaction(work) {
      database.exec("BEGIN");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}
