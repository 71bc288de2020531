// Against lost updates: which version a change is meant to replace. https://www.rfc-editor.org/rfc/rfc9110#section-13.1
import { Problem } from "./problem.ts";

/** From If-Match, If-None-Match, and the version in the body: undefined for whichever stands, 0 for none yet. */
export function expectedVersion(headers: Headers, inBody: number | undefined): number | undefined {
  const match = headers.get("if-match");
  const none = headers.get("if-none-match");
  if (none !== null && none !== "*")
    throw new Problem(422, "If-None-Match: expected *, which says: only if there is none yet");
  const [, digits] = /^"(\d{1,15})"$/.exec(match ?? "") ?? [];
  if (match !== null && match !== "*" && digits === undefined)
    throw new Problem(422, 'If-Match: expected a version in quotes, as ETag gives it, e.g. "3"');
  const given = [
    ...(none === null ? [] : [0]),
    ...(digits === undefined ? [] : [Number(digits)]),
    ...(inBody === undefined ? [] : [inBody]),
  ];
  const [first, ...others] = new Set(given);
  if (others.length > 0)
    throw new Problem(422, "If-Match, If-None-Match and body.version: name different versions");
  return first;
}

/** Somebody else's change came first. */
export function overtaken(id: string, standing: number, expected: number | undefined): Problem {
  const is = standing === 0 ? "is not stored" : `stands at version ${standing}`;
  return new Problem(
    412,
    `Workspace ${id} ${is}, not at version ${expected}: it was changed since. Read it (GET /workspaces/${id}), put your change into that, and send it with its version. Nothing was changed.`,
  );
}
