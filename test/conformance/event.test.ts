// Tidemark's own event by ajv, on the schema that its readers have: docs/event.schema.json. And the raw item, as it came.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { event } from "../../src/formats/event.ts";
import { raw } from "../../src/formats/raw.ts";
import { auditEvent } from "../support/events.ts";
import { differences } from "./differences.ts";
import { everyItem, received } from "./items.ts";

const schema = join(import.meta.dirname, "../../docs/event.schema.json");
// Formats are left to the patterns that stand beside them.
const ajv = new Ajv2020({ strict: true, allErrors: true, validateFormats: false });
const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));

function faultsOf(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

everyItem("as Tidemark's own event it is valid", (sample) =>
  received(event.toDocuments(sample.event)).flatMap(({ content }) => faultsOf(content)),
);

everyItem("as the raw item it is what came", (sample) =>
  differences([sample.item], received(raw.toDocuments(sample.event).map(({ content }) => content))),
);

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["the summary is missing", { summary: undefined }],
  ["the severity is none", { severity: "urgent" }],
  ["the time is none", { time: "yesterday" }],
  ["the id is a number", { id: 5 }],
  ["the actor has no kind", { actor: { id: null, email: null } }],
  ["the targets are one person", { targets: { id: null, email: null } }],
])("the check of Tidemark's own event finds that %s", (_, change) => {
  expect(faultsOf(received(auditEvent()))).toEqual([]);
  expect(faultsOf(received({ ...auditEvent(), ...change }))).not.toEqual([]);
});
