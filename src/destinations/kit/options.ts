// Options as destination types take them. Whatever else one of them is given, it says in words what it expects.
import * as z from "zod";

/** Text of this form, without the blanks around it; default: any that is not empty. */
export function text(expected: string, form = /./) {
  return z.string(expected).trim().regex(form, expected);
}

/** A key or token, e.g. `secretText("a Datadog API key")`. Stands in a header: printable ASCII without blanks. */
export function secretText(what: string, form = /^[\x21-\x7e]+$/) {
  return text(`expected ${what}, as "$NAME" of a secret`, form);
}

/** The value of a header, in printable ASCII. */
export function headerText(expected: string) {
  return text(expected, /^[\x20-\x7e]+$/);
}

export function flag() {
  return z.boolean("expected true or false");
}
