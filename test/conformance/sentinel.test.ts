// The token with which Sentinel's intake is reached, from an identity provider that we did not write.
// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nowMs, sender } from "./requests.ts";
import { TokenServer } from "./token-server.ts";

const tenant = "6babcaad-604b-40ac-a9d7-9fd97c0b779f";
const server = new TokenServer(tenant);
beforeAll(() => server.open());
afterAll(() => server.close());

describe("the identity provider", () => {
  const good = { grant_type: "client_credentials", scope: "https://monitor.azure.com/.default" };
  const ask = (fields: Record<string, string>, path = `/${tenant}/oauth2/v2.0/token`) =>
    server.exchange({
      method: "POST",
      url: `https://login.microsoftonline.com${path}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `${new URLSearchParams(fields)}`,
    });

  test("grants a token, signed, to a client that asks as it should", async () => {
    const answer = await ask(good);
    expect(answer.status).toBe(200);
    const { access_token } = JSON.parse(answer.kind === "answer" ? answer.body : "");
    expect(await server.claimsOf(access_token)).toMatchObject({ scope: good.scope });
  });

  test("refuses another grant, another tenant, and a token that it has not signed", async () => {
    expect((await ask({ ...good, grant_type: "password_less" })).status).toBe(400);
    expect((await ask(good, "/another/oauth2/v2.0/token")).status).toBe(404);
    await expect(server.claimsOf("a.b.c")).rejects.toThrow();
  });
});

describe("Sentinel's destination", () => {
  const options = {
    url: "https://webflow-ab12.westeurope-1.ingest.monitor.azure.com",
    rule: "dcr-0123456789abcdef0123456789abcdef",
    stream: "Custom-WebflowAudit_CL",
    tenant,
    clientId: "11111111-2222-3333-4444-555555555555",
    clientSecret: "a-secret-value~of.an-application",
  };
  const { grant } = sender("sentinel", options).destination;
  if (!grant) throw new Error("Sentinel's destination asks for no token");

  test("is granted a token for Azure Monitor, and knows when it expires", async () => {
    const token = grant.read(await server.exchange(grant.request()), { nowMs });
    if (token.kind !== "token") throw new Error(token.reason);
    expect(token.expiresMs).toBe(nowMs + 3_600_000);
    expect(await server.claimsOf(token.token)).toMatchObject({
      scope: "https://monitor.azure.com/.default",
    });
  });

  test("stops when its secret is refused, waits when it is to wait, and repeats no secret", async () => {
    const refused = {
      error: "invalid_client",
      error_description: "AADSTS7000215: Invalid secret.",
    };
    const read = async () => grant.read(await server.exchange(grant.request()), { nowMs });
    server.refuseNext(401, refused);
    expect(await read()).toMatchObject({
      kind: "halt",
      reason: expect.stringMatching(/clientSecret/),
    });
    server.refuseNext(429, { error: "slow_down" });
    expect((await read()).kind).toBe("retry");
    server.refuseNext(400, { error: "x", error_description: options.clientSecret });
    expect(JSON.stringify(await read())).not.toContain(options.clientSecret);
  });
});
