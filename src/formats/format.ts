// What a format is: a pure function from the event to the document that a destination sends.
import type { AuditEvent } from "../event/event.ts";

export interface Format {
  /** The value of `format` in the configuration. */
  readonly name: string;
  /** One line for the README. */
  readonly title: string;
  toDocument(event: AuditEvent): unknown;
}
