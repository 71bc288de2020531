// What a configured destination sends: letters through its format, as the pipeline makes them.
import type { BoundDestination } from "../../src/destinations/bind.ts";
import type { Letter } from "../../src/destinations/destination.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";
import { formats } from "../../src/formats/registry.ts";
import type { OutgoingRequest } from "../../src/http.ts";
import type { Sample } from "./items.ts";

export const nowMs = Date.parse("2026-06-04T11:20:10.000Z");

export interface Sender {
  readonly destination: BoundDestination;
  letterOf(sample: Sample): Letter;
  /** One item alone. */
  send(sample: Sample): OutgoingRequest;
  /** Many, as they travel together. */
  sendAll(samples: readonly Sample[]): OutgoingRequest[];
}

/** As `[[vars.DESTINATIONS]]` with these options would send; without `format`, in the type's own. */
export function sender(
  type: string,
  options: Readonly<Record<string, unknown>>,
  formatName?: string,
): Sender {
  const found = destinationTypes.find((one) => one.type === type);
  const name = formatName ?? found?.format ?? "event";
  const format = formats.find((one) => one.name === name);
  if (!found || !format) throw new Error(`there is no destination ${type} with the format ${name}`);
  const destination = found.bind(options, format);
  const attempt = { nowMs, ...(destination.grant && { token: "granted-token" }) };
  const letterOf = ({ event }: Sample) => ({ event, documents: format.toDocuments(event) });
  return {
    destination,
    letterOf,
    send: (sample) => destination.encode([letterOf(sample)], attempt),
    sendAll: (samples) =>
      destination.pack(samples.map(letterOf)).map((group) => destination.encode(group, attempt)),
  };
}

export const textOf = ({ body = "" }: OutgoingRequest): string => Buffer.from(body).toString();
