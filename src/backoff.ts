// Full-jitter exponential backoff as a value: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/** How long to wait after the nth failure in a row (0 = the first). A receiver's own wish is a minimum. */
export function delayMs(
  { baseMs, capMs }: Backoff,
  failures: number,
  random: () => number,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.ceil(retryAfterMs + random() * ceiling);
}
