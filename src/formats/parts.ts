// What the documents of every schema are made of, whatever the event holds: any text, or none at all.
import type { AuditEvent } from "../event/event.ts";
import { isObject } from "../source/record.ts";
import type { Document } from "./format.ts";

export type Fields = Document["content"];

/**
 * The fields without noise, at every depth: what is null, undefined, `""`, `{}` or `[]` is left out, and half a
 * surrogate pair, which many receivers refuse, becomes U+FFFD.
 */
export function compact(fields: Fields): Fields {
  const full = Object.entries(fields).map(([key, value]) => [key.toWellFormed(), tidy(value)]);
  return Object.fromEntries(full.filter(([, value]) => value !== undefined));
}

function tidy(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) {
    const items = value.map(tidy).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const fields = compact(value);
  return Object.keys(fields).length > 0 ? fields : undefined;
}

/** Whether it is Tidemark's own event and not one of the workspace: see system-event.ts. */
export function isSystem({ type, flags }: AuditEvent): boolean {
  return type.startsWith("tidemark.") && !flags.unknown;
}

/** The flags that are set. */
export function toFlags({ flags }: AuditEvent): Fields {
  return Object.fromEntries(Object.entries(flags).filter(([, set]) => set));
}

/** An address that every receiver takes: IPv4 as four numbers, IPv6 without a zone and not spelt out at length. */
export function isIp(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const url = `http://${text}`;
    return URL.canParse(url) && new URL(url).hostname === text;
  }
  return /^[\da-f:.]{2,40}$/i.test(text) && URL.canParse(`http://[${text}]`);
}
