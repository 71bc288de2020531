// Requests, responses and abort signals as light as the pipeline needs them: the platform's own cost more than all else
// in a world. That the real ones do is shown end to end (test/e2e), in workerd.

type Listener = () => void;

class LightSignal {
  aborted = false;
  #listeners: Listener[] = [];

  addEventListener(_type: "abort", listener: Listener): void {
    this.#listeners.push(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw new DOMException("This operation was aborted", "AbortError");
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners) listener();
  }
}

class LightAbortController {
  readonly signal = new LightSignal();

  abort(): void {
    this.signal.abort();
  }
}

class LightHeaders {
  readonly #values = new Map<string, string>();

  constructor(init: LightHeaders | Readonly<Record<string, string>> = {}) {
    const entries = init instanceof LightHeaders ? init.#values : Object.entries(init);
    for (const [name, value] of entries) this.#values.set(name.toLowerCase(), value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }
}

interface RequestOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: LightSignal;
  readonly body?: string | Uint8Array;
}

class LightRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: LightHeaders;
  readonly signal: LightSignal;
  readonly #body: string | Uint8Array | undefined;

  constructor(url: string, { method, headers, signal, body }: RequestOptions) {
    this.url = url;
    this.method = method;
    this.headers = new LightHeaders(headers);
    this.signal = signal;
    this.#body = body;
  }

  async text(): Promise<string> {
    return typeof this.#body === "string" ? this.#body : new TextDecoder().decode(this.#body);
  }

  async arrayBuffer(): Promise<string | Uint8Array> {
    return this.#body ?? "";
  }
}

interface ResponseOptions {
  readonly status?: number;
  readonly headers?: LightHeaders | Readonly<Record<string, string>>;
}

class LightResponse {
  readonly status: number;
  readonly headers: LightHeaders;
  readonly body: { getReader(): LightReader } | ReadableStream | null;

  constructor(
    body: string | ReadableStream | null,
    { status = 200, headers = {} }: ResponseOptions = {},
  ) {
    this.status = status;
    this.headers = new LightHeaders(headers);
    this.body = typeof body === "string" ? { getReader: () => new LightReader(body) } : body;
  }
}

class LightReader {
  #left: string | undefined;

  constructor(text: string) {
    this.#left = text;
  }

  async read(): Promise<{ done: boolean; value?: Uint8Array }> {
    if (this.#left === undefined) return { done: true };
    const value = Buffer.from(this.#left);
    this.#left = undefined;
    return { done: false, value };
  }

  async cancel(): Promise<void> {
    this.#left = undefined;
  }
}

/** Replaces the platform's own for the whole process. */
export function useLightWire(): void {
  Object.assign(globalThis, {
    AbortController: LightAbortController,
    Headers: LightHeaders,
    Request: LightRequest,
    Response: LightResponse,
  });
}
