// Many workspaces at once: a log and a receiver for each, some of them broken in the ways that such things break.
import type { Clock } from "../src/http.ts";
import { internet } from "./internet.ts";
import type { Random } from "./random.ts";
import type { Site } from "./site.ts";
import { webflowApi } from "./webflow/api.ts";
import { AuditLog } from "./webflow/audit-log.ts";
import { Tokens } from "./webflow/tokens.ts";

/** How a workspace can be broken; each lasts until it is mended. */
export const breakages = [
  "token refused",
  "log without an answer",
  "receiver cuts connections",
  "receiver hangs",
  "receiver answers 500",
] as const;
export type Breakage = (typeof breakages)[number];

export interface Arrival {
  readonly workspace: string;
  /** When it could first be seen in the log. */
  readonly addedMs: number;
  /** Each time that its receiver took it. */
  readonly takenMs: number[];
}

const signingSecret = "whsec_dGhlLXNpZ25pbmctc2VjcmV0LW9mLXRoZS10ZXN0cyE=";

export class Many {
  readonly ids: readonly string[];
  readonly broken = new Map<string, Breakage>();
  /** By serial number. */
  readonly arrivals: Arrival[] = [];
  /** When the log of a workspace was asked. */
  readonly polls = new Map<string, number[]>();
  readonly #clock: Clock;
  readonly #tokens = new Tokens();
  readonly #logs = new Map<string, AuditLog>();
  readonly #apis = new Map<string, Site>();

  constructor(count: number, clock: Clock, random: Random) {
    this.#clock = clock;
    this.ids = Array.from({ length: count }, (_, i) => `shop-${String(i + 1).padStart(6, "0")}`);
    for (const id of this.ids) {
      const log = new AuditLog();
      this.#tokens.issue(tokenOf(id));
      this.#logs.set(id, log);
      const api = webflowApi({
        log,
        clock,
        random,
        tokens: this.#tokens,
        workspace: { id, slug: id },
        rateLimit: Number.POSITIVE_INFINITY,
      });
      this.#apis.set(id, api);
    }
  }

  /** What PUT /workspaces/<id> is to be sent. */
  wanted(id: string, pollSeconds: number): Record<string, unknown> {
    const url = `https://siem.example.com/in/${id}`;
    const siem = { name: "siem", type: "webhook", url, secret: signingSecret };
    return { token: tokenOf(id), pollSeconds, destinations: [siem] };
  }

  /** So many events happen now. */
  happen(id: string, events = 1): void {
    const addedMs = this.#clock.now();
    for (let i = 0; i < events; i += 1) {
      const serial = this.arrivals.push({ workspace: id, addedMs, takenMs: [] }) - 1;
      this.#logs.get(id)?.add({
        timestamp: new Date(addedMs).toISOString(),
        eventType: "user_access",
        eventSubType: "login",
        actor: { id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
        workspace: { id, slug: id },
        payload: { method: "sso", location: `serial-${serial}.` },
      });
    }
  }

  readonly internet: Site = internet({
    "api.webflow.com": { fetch: (request) => this.#source(request) },
    "siem.example.com": { fetch: (request) => this.#receiver(request) },
  });

  async #source(request: Request): Promise<Response> {
    const id = /\/workspaces\/([^/]+)\//.exec(request.url)?.[1] ?? "";
    const asked = this.polls.get(id);
    if (asked) asked.push(this.#clock.now());
    else this.polls.set(id, [this.#clock.now()]);
    switch (this.broken.get(id)) {
      case "token refused":
        return Response.json({ code: "not_authorized", message: "no" }, { status: 401 });
      case "log without an answer":
        return hang(request);
      default:
        return this.#apis.get(id)?.fetch(request) ?? new Response(null, { status: 404 });
    }
  }

  async #receiver(request: Request): Promise<Response> {
    const id = request.url.split("/").at(-1) ?? "";
    switch (this.broken.get(id)) {
      case "receiver cuts connections":
        throw new TypeError("connection reset");
      case "receiver hangs":
        return hang(request);
      case "receiver answers 500":
        return new Response("out of order", { status: 500 });
      default: {
        const atMs = this.#clock.now();
        const found = (await request.text()).matchAll(/"serial-(\d+)\."/g);
        // It stands in more than one field of an event.
        for (const serial of new Set([...found].map(([, digits]) => Number(digits))))
          this.arrivals[serial]?.takenMs.push(atMs);
        return new Response(null, { status: 204 });
      }
    }
  }
}

function tokenOf(id: string): string {
  return `ws-token-of-${id}-0123456789`;
}

/** Until the other side gives up. */
function hang({ signal }: Request): Promise<Response> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("given up")), { once: true });
  });
}
