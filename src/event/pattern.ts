// Text with `*` for any run of characters, as a predicate on the whole of another text, in any case.

/** Not a regular expression: one of many stars takes hours to fail. */
export function toPattern(wildcard: string): (text: string) => boolean {
  const [first = "", ...rest] = wildcard.toLowerCase().split("*");
  const last = rest.pop();
  return (given) => {
    const text = given.toLowerCase();
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
