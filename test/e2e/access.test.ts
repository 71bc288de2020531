// Cloudflare Access before the built Worker: a token of it is checked with keys that the Worker fetches.
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, expect, it } from "vitest";
import { Deployed } from "./deployed.ts";

let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

const aud = "a".repeat(64);

it("lets in who brings a token that the team signed, and asks for the team's keys once", async () => {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  const asked: string[] = [];
  const team = {
    fetch: async (request: Request) => {
      asked.push(new URL(request.url).pathname);
      return Response.json({ keys: [jwk] });
    },
  };
  deployed = new Deployed({
    vars: { ACCESS_TEAM: "acme", ACCESS_AUD: [aud] },
    sites: { "acme.cloudflareaccess.com": team },
  });
  await deployed.start({}, { beat: false });
  const worker = deployed.worker;
  const token = (audience: string) =>
    new SignJWT({ email: "ann@example.com" })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .setIssuer("https://acme.cloudflareaccess.com")
      .setAudience([audience])
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  const ask = async (path: string, audience: string, init: RequestInit = {}) => {
    const headers = { "cf-access-jwt-assertion": await token(audience), ...init.headers };
    return worker.fetch(path, { ...init, headers });
  };
  for (let i = 0; i < 3; i += 1) expect((await ask("/status", aud)).status).toBe(200);
  expect((await ask("/status", "b".repeat(64))).status).toBe(401);
  const pause = "/destinations/team/pause";
  const evil = { method: "POST", headers: { origin: "https://evil.example" } };
  expect((await ask(pause, aud, evil)).status).toBe(403);
  expect((await ask(pause, aud, { method: "POST" })).status).toBe(200);
  expect(await (await ask("/status", aud)).text()).toContain('"by":"ann@example.com"');
  expect(asked).toEqual(["/cdn-cgi/access/certs"]);
}, 60_000);
