// Cloudflare Access: whom it vouches for, by the runtime's own word or by a signed token (a JWT).
// https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
import { JWKSMultipleMatchingKeys, JWKSNoMatchingKey } from "jose/errors";
import { createRemoteJWKSet, customFetch } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";
import { environment } from "../config-schema.ts";
import { type Clock, excerpt, exchange, type Fetch, within } from "../http.ts";
import { Problem } from "./problem.ts";

export interface AccessSettings {
  /** null: tokens are not read, only the runtime is believed. */
  readonly team: string | null;
  /** Empty: nobody is let in by Access. */
  readonly audiences: readonly string[];
}

/** `ctx.access`: there when Access stands before this very Worker. */
export type AccessContext = Pick<CloudflareAccessContext, "aud" | "getIdentity">;

/** Also of an environment that is broken elsewhere. What is broken of these two opens nothing. */
export function readAccess(env: Readonly<Record<string, unknown>>): AccessSettings {
  const { ACCESS_TEAM, ACCESS_AUD } = environment.shape;
  return {
    team: ACCESS_TEAM.safeParse(env.ACCESS_TEAM).data ?? null,
    audiences: ACCESS_AUD.safeParse(env.ACCESS_AUD).data ?? [],
  };
}

const identityMs = 3000;

/** Who it is that the runtime vouches for; their name is asked for, and need not come. */
export async function identify(access: AccessContext, clock: Clock): Promise<string> {
  const asked = (async () => access.getIdentity())().catch(() => undefined);
  const identity = await within(clock, identityMs, asked, () => undefined);
  return inWords(identity ?? {});
}

/** That they did not come, or are none: nothing is said of the token. */
class KeysUnavailable extends Error {}

const limits = { timeoutMs: 5000, maxBytes: 64 * 1024 };

/** Checks tokens against the team's keys, which are kept for ten minutes and asked for anew when one is not known. */
export class AccessTokens {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  readonly #keys = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** Who the token is about, in words; null when it is not a valid one. Throws a Problem 503 when that cannot be told. */
  async read(token: string, team: string, audiences: readonly string[]): Promise<string | null> {
    const issuer = `https://${team}.cloudflareaccess.com`;
    const keys = this.#keysOf(`${issuer}/cdn-cgi/access/certs`);
    try {
      const { payload } = await jwtVerify(
        token,
        async (header, jws) => {
          try {
            return await keys(header, jws);
          } catch (error) {
            const strange =
              error instanceof JWKSNoMatchingKey || error instanceof JWKSMultipleMatchingKeys;
            throw strange ? error : new KeysUnavailable(String(error));
          }
        },
        {
          issuer,
          audience: [...audiences],
          algorithms: ["RS256"],
          requiredClaims: ["exp"],
          // Who comes straight from signing in has a token of this very second, by another machine's clock.
          clockTolerance: 5,
          currentDate: new Date(this.#clock.now()),
        },
      );
      return inWords(payload);
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) return null;
      throw new Problem(
        503,
        `The keys of ${issuer} cannot be read (${error.message}), so nobody can sign in through Cloudflare Access now. Check ACCESS_TEAM, try again, or use the admin token.`,
      );
    }
  }

  #keysOf(url: string): ReturnType<typeof createRemoteJWKSet> {
    const known = this.#keys.get(url);
    if (known) return known;
    const keys = createRemoteJWKSet(new URL(url), { [customFetch]: () => this.#get(url) });
    this.#keys.set(url, keys);
    return keys;
  }

  async #get(url: string): Promise<Response> {
    const request = { method: "GET", url, headers: { accept: "application/json" } } as const;
    const answer = await exchange(this.#fetch, this.#clock, request, limits);
    const failure = answer.kind === "failure" ? answer.message : `HTTP ${answer.status}`;
    if (answer.kind === "failure" || answer.status !== 200) throw new Error(failure);
    return new Response(answer.body);
  }
}

/** What an identity and a token's payload have in common. A service token has a name instead of an address. */
function inWords({ email, common_name }: Readonly<Record<string, unknown>>): string {
  if (typeof email === "string" && email !== "") return excerpt(email);
  return typeof common_name === "string" && common_name !== ""
    ? `the Access service token ${excerpt(common_name)}`
    : "somebody whom Cloudflare Access let in";
}
