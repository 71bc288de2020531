// The event as Tidemark itself describes it: see README, "The event".
import type { Format } from "./format.ts";

export const event: Format = {
  name: "event",
  title: "Tidemark's own event, item as received included",
  toDocuments: (event) => [{ id: event.id, content: event }],
};
