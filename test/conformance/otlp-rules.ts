// OTLP/HTTP logs in JSON, by the protocol's own messages as OpenTelemetry's JavaScript exporter has them.
// The last release whose messages can be reached at run time; they are older than LogRecord.event_name (1.5.0).
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import { differences } from "./differences.ts";

interface Message {
  fromObject(value: unknown): object;
  toObject(message: object, options: object): unknown;
  verify(message: object): string | null;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

// Made by a generator whose types tell nothing of it.
const messages = root as unknown as {
  opentelemetry: { proto: { collector: { logs: { v1: { ExportLogsServiceRequest: Message } } } } };
};
const { ExportLogsServiceRequest } = messages.opentelemetry.proto.collector.logs.v1;

/**
 * What is wrong with a body. A collector ignores what it does not know and bends what has another type, so a body is
 * right when nothing is lost or bent on the way through the binary form: 64-bit integers are texts, enums numbers.
 */
export function otlpFaults(body: unknown): string[] {
  try {
    const message = ExportLogsServiceRequest.fromObject(comparable(body));
    const fault = ExportLogsServiceRequest.verify(message);
    if (fault) return [fault];
    const read = ExportLogsServiceRequest.decode(ExportLogsServiceRequest.encode(message).finish());
    const forms = { longs: String, enums: Number, bytes: String };
    return differences(
      comparable(body),
      comparable(ExportLogsServiceRequest.toObject(read, forms)),
    );
  } catch (error) {
    return [String(error)];
  }
}

/** Without the names of events; an empty list of values is the same as none, in protobuf. */
const comparable = (body: unknown): unknown =>
  JSON.parse(
    JSON.stringify(body, (key, value) => {
      if (key === "eventName" && typeof value === "string") return undefined;
      return key === "values" && Array.isArray(value) && value.length === 0 ? undefined : value;
    }),
  );
