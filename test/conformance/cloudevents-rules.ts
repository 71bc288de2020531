// CloudEvents 1.0 by the project's own SDK, which is lenient: it makes up a missing id or time and takes any value of
// an extension. So what it read must be what was sent, and the rest of the specification is checked here.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
import { type CloudEvent, HTTP } from "cloudevents";
import { isObject } from "../../src/source/record.ts";
import { differences } from "./differences.ts";

/** What is wrong with a request that carries one event (structured) or a list of them (batch). */
export function cloudEventFaults(contentType: string, body: string): string[] {
  let read: readonly CloudEvent[];
  let isValid: boolean;
  try {
    read = [
      HTTP.toEvent({ headers: { "content-type": contentType }, body }),
    ].flat() as CloudEvent[];
    isValid = read.every((event) => event.validate());
  } catch (error) {
    return [String(error)];
  }
  const sent = [JSON.parse(body)].flat();
  return [
    ...(isValid ? [] : ["the SDK says that it is not valid"]),
    ...differences(sent, JSON.parse(JSON.stringify(read))),
    ...sent.flatMap(attributeFaults),
  ];
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What no text may have in it. */
const unwanted = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

function attributeFaults(event: unknown): string[] {
  if (!isObject(event)) return ["an event is no object"];
  const { data: _, ...attributes } = event;
  const { time, source } = attributes;
  return [
    ...Object.entries(attributes).flatMap(([name, value]) => {
      if (!/^[a-z0-9]{1,20}$/.test(name)) return [`${name} is no name of an attribute`];
      const isWhole = Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
      const isText = typeof value === "string" && value !== "" && !unwanted.test(value);
      return isText || isWhole || typeof value === "boolean" ? [] : [`${name} is ${value}`];
    }),
    ...(time === undefined || rfc3339.test(String(time)) ? [] : [`time is ${time}`]),
    ...(URL.canParse(String(source), "https://base.example") ? [] : [`source is ${source}`]),
  ];
}
