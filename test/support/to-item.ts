// The way back: out of a document, the item exactly as Webflow sent it.
import type { Document } from "../../src/formats/format.ts";

export function fromOcsf({ raw_data }: Document["content"]): unknown {
  return JSON.parse(String(raw_data));
}
