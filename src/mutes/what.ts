// What somebody wants muted, in a word: a type or a pattern of types, a rule or a pattern of rules, a person's e-mail.
import { matchesKnownType } from "../route.ts";
import { picksRules } from "../rules/pattern.ts";
import type { What } from "./mute.ts";

/** Or what was wrong with it, as a sentence. */
export function toWhat(text: string): What | string {
  const none: What = { only: [], where: {}, rules: [] };
  // As Slack writes an address: <mailto:ann@example.com|ann@example.com>.
  const word = text.trim().replace(/^<mailto:([^|>]+)(\|[^>]*)?>$/, "$1");
  if (word === "") return `Mute what? Expected ${expected}.`;
  if (/^[^\s@]+@[^\s@]+$/.test(word)) return { ...none, where: { "actor.email": word } };
  const [types, rules] = [matchesKnownType(word), picksRules(word)];
  if (types && rules)
    return `${word} fits types as well as rules. Expected ${expected}, so that it is plain which.`;
  if (types) return { ...none, only: [word] };
  if (rules) return { ...none, rules: [word] };
  return `${word} is no type, no rule and no e-mail address. Expected ${expected}.`;
}

const expected =
  "a type (user_access.login, or workspace_membership.*), a rule (login.new_network, or login.*), or a person's e-mail address";
