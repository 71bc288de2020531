// What log intakes have in common: records of JSON, many in one body, each with the event's id in it.
import { Buffer } from "node:buffer";
import type { AuditEvent } from "../../event/event.ts";
import type { Document } from "../../formats/format.ts";
import type { Attempt, DestinationType, Letter, Limits, Setup } from "../destination.ts";
import { batches } from "./batches.ts";
import { judgeBy, type Statuses } from "./outcome.ts";

/** How records stand in a body. */
export interface Framing {
  readonly contentType: string;
  readonly open: string;
  readonly between: string;
  readonly close: string;
}

export const jsonArray: Framing = {
  contentType: "application/json",
  open: "[",
  between: ",",
  close: "]",
};

/** One record a line, the last one ended as well: https://github.com/ndjson/ndjson-spec */
export const jsonLines: Framing = {
  contentType: "application/x-ndjson",
  open: "",
  between: "\n",
  close: "\n",
};

/** What a record tells beside the vendor's own fields: of an event, whatever the document's format. */
export function described({ id, content }: Document, { type, severity, summary }: AuditEvent) {
  return { event_id: id, event_type: type, severity, summary, webflow: content };
}

export interface Intake<Options>
  extends Omit<DestinationType<Options>, "pack" | "encode" | "judge"> {
  readonly format: string;
  readonly limits: Limits & { readonly bytes: number };
  readonly framing: Framing;
  /** Whether the vendor takes compressed bodies. */
  readonly gzip?: true;
  /** Where a request goes, and its headers beside the content type; `sent` for those that sign or name it. */
  target(
    setup: Setup<Options>,
    attempt: Attempt,
    sent: { readonly body: string; readonly letters: readonly Letter[] },
  ): { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** One document as it stands in the body. */
  toRecord(document: Document, event: AuditEvent, setup: Setup<Options>): string;
  /** Where the vendor's statuses differ from the general table. */
  readonly statuses?: Statuses;
  /** Where the body decides as well. */
  readonly judge?: DestinationType<Options>["judge"];
}

/** A destination type from what is the vendor's own. */
export function intake<Options>(spec: Intake<Options>): DestinationType<Options> {
  const { framing, gzip, target, toRecord, statuses = {}, ...facts } = spec;
  // Sizes are asked for before a request is made: no document becomes text twice.
  const textsOf = new WeakMap<Setup<Options>, WeakMap<Letter, string>>();
  const textOf = (letter: Letter, setup: Setup<Options>): string => {
    const texts = textsOf.get(setup) ?? new WeakMap<Letter, string>();
    textsOf.set(setup, texts);
    const known = texts.get(letter);
    if (known !== undefined) return known;
    const { documents, event } = letter;
    const text = documents
      .map((document) => toRecord(document, event, setup))
      .join(framing.between);
    texts.set(letter, text);
    return text;
  };
  const frame = Buffer.byteLength(framing.open + framing.close);
  return {
    judge: judgeBy({ noPages: true, ...statuses }),
    ...facts,
    pack: (letters, setup) =>
      batches(
        letters,
        { ...spec.limits, bytes: spec.limits.bytes - frame },
        (letter) => Buffer.byteLength(textOf(letter, setup)) + framing.between.length,
        ({ documents }) => documents.length,
      ),
    encode(letters, setup, attempt) {
      const records = letters.map((letter) => textOf(letter, setup));
      const body = framing.open + records.join(framing.between) + framing.close;
      const { url, headers } = target(setup, attempt, { body, letters });
      return {
        method: "POST",
        url,
        headers: { "content-type": framing.contentType, ...headers },
        body,
        ...(gzip && { gzip }),
      };
    },
  };
}
