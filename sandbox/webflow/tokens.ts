// The API tokens of the sandbox's workspace: issued, revoked, restored.
// https://developers.webflow.com/data/reference/authentication/workspace-token

export const auditScope = "workspace_activity:read";

export interface Token {
  /** The id of the token's authorization. */
  readonly id: string;
  readonly scopes: readonly string[];
  /** Its maker may no longer read the log: 403 `forbidden`. */
  readonly forbidden: boolean;
  revoked: boolean;
  createdMs: number | null;
  lastUsedMs: number | null;
}

/** The workspace's API tokens. */
export class Tokens {
  #tokens = new Map<string, Token>();
  #issued = 0;

  issue(token: string, options: { scopes?: readonly string[]; forbidden?: boolean } = {}): void {
    this.#issued += 1;
    this.#tokens.set(token, {
      id: this.#issued.toString(16).padStart(24, "55818d58616600637b9a0000"),
      scopes: options.scopes ?? [auditScope],
      forbidden: options.forbidden ?? false,
      revoked: false,
      createdMs: null,
      lastUsedMs: null,
    });
  }

  revoke(token: string): void {
    this.#known(token).revoked = true;
  }

  restore(token: string): void {
    this.#known(token).revoked = false;
  }

  /** The token, or null when it is unknown or revoked. */
  find(token: string): Token | null {
    const found = this.#tokens.get(token);
    return found && !found.revoked ? found : null;
  }

  #known(token: string): Token {
    const found = this.#tokens.get(token);
    if (!found) throw new Error("Tokens: this token was never issued");
    return found;
  }
}
