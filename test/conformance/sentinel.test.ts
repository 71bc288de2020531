// The token with which Sentinel's intake is reached, from an identity provider that we did not write.
// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
