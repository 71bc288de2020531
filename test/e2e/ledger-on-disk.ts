// The ledger as a killed Worker left it on the disk.
import { copyFileSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface LedgerOnDisk {
  /** The ids settled, by destination. */
  readonly settled: ReadonlyMap<string, ReadonlySet<string>>;
  /** The marks by destination, in whole seconds. */
  readonly through: ReadonlyMap<string, number>;
}

/** Reads a copy: opening the file itself would mend it, which is what the next life has to do on its own. */
export function readLedger(persist: string): LedgerOnDisk {
  const [path] = globSync(join(persist, "v3/do/tidemark-Relay/*.sqlite")).filter(
    (file) => !file.endsWith("metadata.sqlite"),
  );
  const settled = new Map<string, Set<string>>();
  const through = new Map<string, number>();
  if (path === undefined) return { settled, through };
  const folder = mkdtempSync(join(tmpdir(), "tidemark-ledger-"));
  try {
    const copy = join(folder, "ledger.sqlite");
    for (const part of ["", "-wal"])
      if (existsSync(path + part)) copyFileSync(path + part, copy + part);
    const database = new DatabaseSync(copy);
    const has = (table: string) =>
      database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").all(table).length > 0;
    const rows = (table: string) =>
      has(table) ? database.prepare(`SELECT * FROM ${table}`).all() : [];
    for (const { destination, id } of rows("settled")) {
      const ids = settled.get(String(destination)) ?? new Set();
      settled.set(String(destination), ids.add(String(id)));
    }
    for (const row of rows("positions")) through.set(String(row.destination), Number(row.through));
    database.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { settled, through };
}
