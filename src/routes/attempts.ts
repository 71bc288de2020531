// Failed sign-ins: a client with too many of them waits, and none of its guesses is answered meanwhile.

/** As in wrangler.toml. */
const most = 10;
const periodMs = 60_000;
const mostClients = 1000;

/** What of Cloudflare's binding is used: it cannot be asked without counting. */
export type SharedLimit = Pick<RateLimit, "limit">;

interface Entry {
  failures: number;
  readonly endsMs: number;
  readonly blocked: boolean;
}

export class Attempts {
  /** The first is the one that ends first. */
  readonly #clients = new Map<string, Entry>();

  /** How many clients are remembered. */
  get size(): number {
    return this.#clients.size;
  }

  /** How long a client still has to wait; 0 when it may try. */
  waitMs(client: string, nowMs: number): number {
    const entry = this.#clients.get(client);
    return entry?.blocked ? Math.max(0, entry.endsMs - nowMs) : 0;
  }

  /** Counts a failure: here at once, so that guesses in parallel count, and where all isolates of a place do. */
  async failed(
    client: string,
    nowMs: number,
    shared?: SharedLimit,
  ): Promise<"counted" | "blocked"> {
    const known = this.#clients.get(client);
    const entry =
      known && known.endsMs > nowMs
        ? known
        : this.#put(client, { failures: 0, endsMs: nowMs + periodMs, blocked: false });
    entry.failures += 1;
    const over = entry.failures > most || !(await mayGoOn(client, shared));
    if (!over || this.waitMs(client, nowMs) > 0) return "counted";
    this.#put(client, { failures: 0, endsMs: nowMs + periodMs, blocked: true });
    return "blocked";
  }

  #put(client: string, entry: Entry): Entry {
    this.#clients.delete(client);
    const [first] = this.#clients.keys();
    if (first !== undefined && this.#clients.size >= mostClients) this.#clients.delete(first);
    this.#clients.set(client, entry);
    return entry;
  }
}

/** A binding that does not work leaves what is counted here. */
async function mayGoOn(client: string, shared: SharedLimit | undefined): Promise<boolean> {
  try {
    return (await shared?.limit({ key: client }))?.success !== false;
  } catch {
    return true;
  }
}

/** An address, or the first half of one of IPv6: whoever has one of these has 2^64. "" where Cloudflare names none. */
export function clientOf(headers: Headers): string {
  const address = headers.get("cf-connecting-ip") ?? "";
  if (!address.includes(":")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::/64`;
}
