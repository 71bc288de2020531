// Finding values in texts that others wrote, however they are written there, and replacing them.

/** A text as it is searched, and of each of its units where in the original the character stands that it comes from. */
interface Folded {
  readonly text: string;
  /** Null where both are the same place by place. */
  readonly places: readonly (readonly [from: number, to: number])[] | null;
}

const invisible = /^[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const escaped = /\\+(?:u([\da-f]{4})|[bfnrt])?|%[\da-f]{2}/gi;

/**
 * As one text is held against another: escapes of JSON, however often escaped, and of URLs as what they stand for, in lower
 * case, each kind of blank alike, without what nobody sees.
 */
function fold(text: string): Folded {
  if (/^[ !-$&-*,-[\]-~]*$/.test(text)) return { text: text.toLowerCase(), places: null };
  const plain = unescaped(text);
  const places: (readonly [number, number])[] = [];
  let folded = "";
  let at = 0;
  for (const char of plain.text) {
    const place = [plain.from[at] ?? 0, plain.to[at + char.length - 1] ?? 0] as const;
    at += char.length;
    const blank = char === "+" || /^\s$/u.test(char);
    if (!blank && invisible.test(char)) continue;
    // The one letter whose small form depends on what follows.
    const small = blank ? " " : char.toLowerCase().replace("ς", "σ");
    folded += small;
    for (let unit = 0; unit < small.length; unit++) places.push(place);
  }
  return { text: folded, places };
}

const controls: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** A backslash that escapes none of these goes: whether it escapes or stands for itself cannot be known. */
function unescaped(text: string) {
  const from: number[] = [];
  const to: number[] = [];
  let plain = "";
  let at = 0;
  const add = (units: string, start: number, end: number) => {
    plain += units;
    for (let i = 0; i < units.length; i++) {
      from.push(start);
      to.push(end);
    }
  };
  const copy = (end: number) => {
    for (; at < end; at++) add(text[at] ?? "", at, at + 1);
  };
  for (const match of text.matchAll(escaped)) {
    // It may be a part of a character that was decoded before.
    if (match.index < at) continue;
    copy(match.index);
    const [all, unit] = match;
    if (all.startsWith("%")) {
      const { char, length } = decodedAt(text, at);
      add(char, at, at + length);
      at += length;
    } else {
      const letter = unit === undefined ? all.at(-1)?.toLowerCase() : undefined;
      const units = unit === undefined ? "" : String.fromCharCode(Number.parseInt(unit, 16));
      add(controls[letter ?? ""] ?? units, at, at + all.length);
      at += all.length;
    }
  }
  copy(text.length);
  return { text: plain, from, to };
}

/** The character that is percent-encoded there, in up to four bytes of UTF-8; else the percent sign itself. */
function decodedAt(text: string, at: number): { char: string; length: number } {
  for (const length of [3, 6, 9, 12]) {
    try {
      return { char: decodeURIComponent(text.slice(at, at + length)), length };
    } catch {
      // Not whole yet, or not UTF-8 at all.
    }
  }
  return { char: "%", length: 1 };
}

/** Shorter ones stand in half of all words: they are only replaced where they are the whole text. */
const leastInside = 3;

/** What stands for what. */
export type Replacements = ReadonlyMap<string, string>;

/** Replaces each of the values in a text. */
export type Rewrite = (text: string) => string;

interface Hit {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** In any case, and as the values stand in JSON and in URLs. Where values overlap, the longest stands for all. */
export function rewriter(replacements: Replacements): Rewrite {
  const whole = new Map<string, string>();
  const inside = new Map<string, string>();
  for (const [value, by] of replacements) {
    for (const form of formsOf(value.trim())) {
      const { text } = fold(form);
      if (text.trim() === "") continue;
      if (!whole.has(text)) whole.set(text, by);
      if (text.length >= leastInside && !inside.has(text)) inside.set(text, by);
    }
  }
  return (text) => {
    const folded = fold(text);
    const all = whole.get(folded.text.trim());
    if (all !== undefined) return all;
    const hits = [...inside].flatMap(([form, by]) => hitsOf(folded, form, by));
    return hits.length === 0 ? text : replaced(text, hits);
  };
}

function hitsOf({ text, places }: Folded, form: string, by: string): Hit[] {
  const hits: Hit[] = [];
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    const last = at + form.length - 1;
    hits.push({ from: places?.[at]?.[0] ?? at, to: places?.[last]?.[1] ?? last + 1, by });
  }
  return hits;
}

function replaced(text: string, hits: Hit[]): string {
  hits.sort((a, b) => a.from - b.from || b.to - a.to);
  let result = "";
  let end = 0;
  for (let i = 0; i < hits.length; ) {
    const first = hits[i] as Hit;
    let longest = first;
    let to = first.to;
    for (i += 1; i < hits.length && (hits[i] as Hit).from < to; i += 1) {
      const next = hits[i] as Hit;
      to = Math.max(to, next.to);
      if (next.to - next.from > longest.to - longest.from) longest = next;
    }
    result += text.slice(end, first.from) + longest.by;
    end = to;
  }
  return result + text.slice(end);
}

/** Ways of writing it that are not folded into one: composed or not, in capitals that are several letters. */
function formsOf(value: string): Set<string> {
  if (/^[\w.@-]*$/.test(value)) return new Set([value]);
  const composed = [value, value.toWellFormed(), value.normalize("NFC"), value.normalize("NFD")];
  const cased = composed.flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()]);
  return new Set(cased.flatMap((one) => [one, encodeURIComponent(one.toWellFormed())]));
}
