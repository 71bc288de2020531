// What a format is: a pure function from the event to the documents that a destination sends.
import type { AuditEvent } from "../event/event.ts";

/** One document. Its id is stable, and its own: the event's, or made from it where an event becomes several. */
export interface Document {
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface Format {
  /** The value of `format` in the configuration. */
  readonly name: string;
  /** One line for the README. */
  readonly title: string;
  /** Its documents are whole messages: sent to a webhook without an envelope of ours, as these content types. */
  readonly media?: { readonly one: string; readonly many: string };
  /** At least one; several where the schema wants one a person. Pure: the same event gives the same documents. */
  toDocuments(event: AuditEvent): readonly Document[];
}
