// The ids of the youngest items: an overlap shows the same ones again and again, and to make an id takes a hash.
import type { AuditRecord } from "../source/record.ts";
import { makeId } from "./identity.ts";

/** More than the overlap of a busy log holds. */
const most = 500;

/** Of one workspace. */
export class IdMemory {
  /** By the item's text. The older half is forgotten when the younger one is full. */
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  of(record: AuditRecord, workspaceId: string): string {
    const text = JSON.stringify(record.raw);
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const id = this.#old.get(text) ?? makeId(record, workspaceId);
    if (this.#young.size >= most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, id);
    return id;
  }
}
