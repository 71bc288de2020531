// What a reader made of a document, compared with what was sent: readers leave out what they do not know.
import { isObject } from "../../src/source/record.ts";

export function differences(sent: unknown, read: unknown, path = ""): string[] {
  if (Array.isArray(sent) && Array.isArray(read) && sent.length === read.length) {
    return sent.flatMap((one, n) => differences(one, read[n], `${path}[${n}]`));
  }
  if (isObject(sent) && isObject(read)) {
    const keys = [...new Set([...Object.keys(sent), ...Object.keys(read)])];
    return keys.flatMap((key) => differences(sent[key], read[key], `${path}.${key}`));
  }
  return Object.is(sent, read)
    ? []
    : [`${path || "all"} is ${JSON.stringify(sent)}, read as ${JSON.stringify(read)}`];
}
