// What the user of a script can mend: told without a stack.

export class Mistake extends Error {}

/** Node says of a failed connection only that it failed; the reason stands in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
