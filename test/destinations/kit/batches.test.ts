// Which letters travel together.
import { expect, test } from "vitest";
import { erase } from "../../../src/destinations/bind.ts";
import { datadog } from "../../../src/destinations/datadog.ts";
import { batches } from "../../../src/destinations/kit/batches.ts";
import { ocsf } from "../../../src/formats/ocsf.ts";
import { auditEvent, auditEvents, letterOf } from "../../support/events.ts";

const letters = auditEvents(10).map((event) => letterOf(event));
const sizes = (groups: readonly (readonly unknown[])[]) => groups.map(({ length }) => length);

test("groups are filled in order up to the count, or up to the bytes", () => {
  expect(sizes(batches(letters, { events: 4 }))).toEqual([4, 4, 2]);
  expect(sizes(batches(letters, { events: 4, bytes: 30 }, () => 10))).toEqual([3, 3, 3, 1]);
});

test("a letter that is too large for any request travels alone", () => {
  const bytesOf = (letter: unknown) => (letter === letters[4] ? 1000 : 10);
  expect(sizes(batches(letters, { events: 99, bytes: 50 }, bytesOf))).toEqual([4, 1, 5]);
});

test("a vendor's limit counts records: an event about forty people is forty of them", () => {
  const targets = Array.from({ length: 40 }, (_, n) => ({ id: `user-${n}`, email: null }));
  const many = auditEvents(100).map(({ id, time }) => {
    const event = auditEvent({ id, time, targets });
    return { event, documents: ocsf.toDocuments(event) };
  });
  const bound = erase(datadog).bind({ apiKey: "0123456789abcdef" }, ocsf);
  const groups = bound.pack(many);
  const records = groups.map((group) => group.flatMap(({ documents }) => documents).length);
  expect(Math.max(...records)).toBeLessThanOrEqual(1000);
  expect(groups.flat()).toHaveLength(100);
});
