// The documentation's 24 examples (facts/webflow-audit-logs.md section 6), where the project's notes are at hand.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditEvent } from "../../src/event/event.ts";
import { normalize } from "../event/items.ts";

const file = join(import.meta.dirname, "../../../shared/data/webflow/examples.json");
export const hasExamples = existsSync(file);

export function exampleEvents(): AuditEvent[] {
  const items: unknown[] = JSON.parse(readFileSync(file, "utf8"));
  return items.map(normalize);
}
