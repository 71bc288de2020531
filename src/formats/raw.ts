// The item exactly as Webflow sent it.
import type { Format } from "./format.ts";

export const raw: Format = {
  name: "raw",
  title: "The item exactly as Webflow sent it",
  toDocuments: ({ id, raw }) => [{ id, content: raw }],
};
