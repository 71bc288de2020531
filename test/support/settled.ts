// How many events a destination has settled, by outcome: straight from the table.
import type { Sql } from "../../src/sql.ts";

export function countSettled(sql: Sql, destination: string): { delivered: number; dead: number } {
  const rows = sql.exec(
    "SELECT outcome, count(*) AS n FROM settled WHERE destination = ? GROUP BY outcome",
    destination,
  );
  const count = (outcome: string) => Number(rows.find((row) => row.outcome === outcome)?.n ?? 0);
  return { delivered: count("delivered"), dead: count("dead") };
}
