// One bounded HTTP exchange: a deadline, a cap on what is read, no redirects, our own User-Agent.
// Used by the two places that talk to the network: source/client.ts and deliver.ts.

/** What is sent. `body` is sent byte for byte as given. */
export interface OutgoingRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What came back: an answer (any status), or why there is none. */
export type Answer =
  | { readonly kind: "answer"; readonly status: number; readonly headers: Headers; readonly body: string }
  | { readonly kind: "failure"; readonly reason: "timeout" | "network" | "too_large"; readonly message: string };

/** Time as a parameter: the simulator has its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; never rejects; resolves at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Fetch = (request: Request) => Promise<Response>;
