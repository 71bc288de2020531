// Logs: one JSON object a line, and no secret in it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonLog, redactor } from "../src/log.ts";

function logged(secrets: readonly string[], message: string, fields?: Record<string, unknown>) {
  const lines: { level: string; line: string }[] = [];
  const log = jsonLog(redactor(secrets), (level, line) => lines.push({ level, line }));
  log.error(message, fields);
  const [first, ...more] = lines;
  expect(more).toEqual([]);
  return first?.line ?? "";
}

describe("redaction", () => {
  test("strikes out every occurrence of every secret", () => {
    const redact = redactor(["hunter2hunter2", "whsec_abc/def+ghi="]);
    expect(redact("hunter2hunter2, whsec_abc/def+ghi= and hunter2hunter2")).toBe(
      "‹secret›, ‹secret› and ‹secret›",
    );
  });

  test("strikes out the longer of two secrets of which one holds the other", () => {
    const redact = redactor(["abcdef", "abcdefghi"]);
    expect(redact("abcdefghi abcdef")).toBe("‹secret› ‹secret›");
  });

  test("strikes out a secret that was stored with a line break behind it, as files end", () => {
    expect(redactor(["hunter2hunter2\n"])("token hunter2hunter2.")).toBe("token ‹secret›.");
  });

  test("takes a secret literally, whatever signs it is made of", () => {
    expect(redactor(["$&.*(x)[y]"])("a $&.*(x)[y] b")).toBe("a ‹secret› b");
    expect(redactor([".*.*.*"])("nothing to strike")).toBe("nothing to strike");
  });

  test("leaves alone what is shorter than 6 characters: it would tear words apart", () => {
    const redact = redactor(["", "a", "in", "12345"]);
    expect(redact("a word in 12345 words")).toBe("a word in 12345 words");
    expect(redactor(["123456"])("123456")).toBe("‹secret›");
  });

  test("leaves no secret in any JSON, as value or as key, quotes and controls included", () => {
    const secret = fc
      .string({ unit: "binary", minLength: 6, maxLength: 40 })
      .filter((text) => text.trim() === text && !"‹secret›".includes(text));
    fc.assert(
      fc.property(secret, (hidden) => {
        // A secret that is made of JSON's own marks would strike out the marks: none such is meant.
        fc.pre(!/^[\s\w":{},[\]\\]*$/.test(hidden));
        const text = redactor([hidden])(JSON.stringify({ a: [hidden], [hidden]: { b: hidden } }));
        expect(text).toBe('{"a":["‹secret›"],"‹secret›":{"b":"‹secret›"}}');
      }),
    );
  });
});

describe("a log line", () => {
  test("is one JSON object with level, message and fields", () => {
    const lines: unknown[] = [];
    const log = jsonLog(redactor([]), (level, line) => lines.push([level, JSON.parse(line)]));
    log.info("run", { read: 3 });
    log.warn("source not readable");
    log.error("run broke off", { workspace: "acme\nevil" });
    expect(lines).toEqual([
      ["info", { level: "info", message: "run", read: 3 }],
      ["warn", { level: "warn", message: "source not readable" }],
      ["error", { level: "error", message: "run broke off", workspace: "acme\nevil" }],
    ]);
  });

  test("has no line break, whatever stands in it", () => {
    expect(logged([], "two\nlines", { a: "x\r\ny\u2028" }).split(/[\r\n]/)).toHaveLength(1);
  });

  test("tells name, message and stack of an error, without the secret in any of them", () => {
    const error = new TypeError('cannot reach https://x.example/k"ey-k"ey');
    const line = logged(['k"ey-k"ey'], "failed", { error });
    const parsed = JSON.parse(line);
    expect(parsed.error.name).toBe("TypeError");
    expect(parsed.error.message).toBe("cannot reach https://x.example/‹secret›");
    expect(parsed.error.stack).toContain("log.test.ts");
    expect(line).not.toMatch(/ey-k/);
  });

  test("tells errors and strikes out secrets however deep they stand", () => {
    const nested = {
      list: [{ error: new Error("token abcdef-1") }],
      deep: { er: { url: "abcdef-1" } },
    };
    const line = logged(["abcdef-1"], "abcdef-1", nested);
    expect(JSON.parse(line)).toMatchObject({
      message: "‹secret›",
      list: [{ error: { message: "token ‹secret›" } }],
      deep: { er: { url: "‹secret›" } },
    });
  });
});
