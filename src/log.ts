// Structured logs: one JSON object a line, from which every secret is struck out before it is written.

export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

type Level = keyof Log;
export type Redact = (text: string) => string;

/**
 * Replaces each of the secrets by ‹secret›, also without the line break that it may have been stored with, and in
 * the forms in which it stands inside JSON. Shorter than 6 characters it stays: it would tear words apart.
 */
export function redactor(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.flatMap((secret) => [secret, secret.trim()]).flatMap(inJson))]
    .filter((form) => form.length >= 6)
    .sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, "‹secret›"), text);
}

/** As it is, as we write it into JSON, and as PHP does. */
function inJson(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  return [text, escaped, escaped.replaceAll("/", "\\/")];
}

export function jsonLog(
  redact: Redact,
  write: (level: Level, line: string) => void = (level, line) => console[level](line),
): Log {
  const at =
    (level: Level) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(level, redact(JSON.stringify({ level, message, ...fields }, plainError)));
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** Errors have no enumerable fields of their own. */
function plainError(_key: string, value: unknown): unknown {
  return value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack }
    : value;
}
