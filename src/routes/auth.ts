// Who may call: the admin token as a bearer token, or as the password of Basic for a browser.
import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { Problem } from "./problem.ts";

/** Who calls, in words. Throws a Problem unless the request carries the admin token. Without an ADMIN_TOKEN nobody may. */
export function requireAdmin(request: Request, adminToken: string | null): string {
  if (adminToken === null) {
    throw new Problem(
      403,
      "This route needs the admin token, and none is set. Set one with: npx wrangler secret put ADMIN_TOKEN",
    );
  }
  const given = presented(request.headers.get("authorization") ?? "");
  if (given === undefined || !equal(given, adminToken)) {
    throw new Problem(
      401,
      "This route needs the admin token: send it as `Authorization: Bearer <ADMIN_TOKEN>`.",
    );
  }
  // A browser adds Basic credentials by itself, also when another site makes it send the request.
  const site = request.headers.get("sec-fetch-site");
  const changes = request.method !== "GET" && request.method !== "HEAD";
  if (changes && site !== null && site !== "same-origin" && site !== "none") {
    throw new Problem(403, "Another site made your browser send this request; nothing was done.");
  }
  return "the admin token";
}

function presented(authorization: string): string | undefined {
  const [, scheme = "", credentials] = /^(\S+)\s+(.+)$/.exec(authorization) ?? [];
  if (credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(credentials, "base64").toString();
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
}

/** In constant time, whatever the lengths: the hashes are compared. */
function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
