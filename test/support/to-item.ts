// The way back: out of a document, the item exactly as Webflow sent it.
import type { Document } from "../../src/formats/format.ts";
import { isObject } from "../../src/source/record.ts";

export function fromOcsf({ raw_data }: Document["content"]): unknown {
  return JSON.parse(String(raw_data));
}

export function fromEcs({ event }: Document["content"]): unknown {
  return JSON.parse(String(isObject(event) ? event.original : undefined));
}
