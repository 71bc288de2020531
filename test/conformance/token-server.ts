// An identity provider that we did not write, at Microsoft's address of a tenant: it grants tokens that it signs.
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { type MutableResponse, OAuth2Server } from "oauth2-mock-server";
import type { Answer, OutgoingRequest } from "../../src/http.ts";

export class TokenServer {
  readonly #server: OAuth2Server;

  constructor(tenant: string) {
    const endpoints = { token: `/${tenant}/oauth2/v2.0/token` };
    this.#server = new OAuth2Server(undefined, undefined, { endpoints });
  }

  async open(): Promise<void> {
    await this.#server.issuer.keys.generate("RS256");
    await this.#server.start(0, "127.0.0.1");
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  /** The next answer is that of a provider that refuses. */
  refuseNext(status: number, body: Readonly<Record<string, unknown>>): void {
    this.#server.service.once("beforeResponse", (response: MutableResponse) => {
      Object.assign(response, { statusCode: status, body });
    });
  }

  /** What it answers to a request that was meant for another host. */
  async exchange({ method, url, headers, body = "" }: OutgoingRequest): Promise<Answer> {
    const { pathname, search } = new URL(url);
    const here = `${this.#origin}${pathname}${search}`;
    const answer = await fetch(here, { method, headers, body });
    const { status } = answer;
    return { kind: "answer", status, headers: answer.headers, body: await answer.text() };
  }

  /** What the provider says in a token; throws when it has not signed it. */
  async claimsOf(token: string): Promise<JWTPayload> {
    const keys = createRemoteJWKSet(new URL(`${this.#origin}/jwks`));
    const { payload } = await jwtVerify(token, keys, { issuer: `${this.#server.issuer.url}` });
    return payload;
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }
}
