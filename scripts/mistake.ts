// What the user of a script can mend: told without a stack.

export class Mistake extends Error {}

/** Node says of a failed connection only that it failed; the reason stands in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** Runs a script. What its user can mend is told, with its secrets struck out, and the script ends with 1. */
export async function ending(
  main: () => Promise<void>,
  redact: (text: string) => string,
): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    process.stderr.write(`${redact(error.message)}\n`);
    process.exitCode = 1;
  }
}
