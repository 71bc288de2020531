// The token with which an application sends to Azure Monitor: OAuth 2.0 client credentials at Microsoft Entra.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import * as z from "zod";
import type { Answer, OutgoingRequest } from "../../http.ts";
import type { Attempt, Stop, Token } from "../destination.ts";
import { bodyAs, judgeBy } from "../kit/outcome.ts";

/** https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
export const clouds = {
  public: { host: "login.microsoftonline.com", scope: "https://monitor.azure.com/.default" },
  us: { host: "login.microsoftonline.us", scope: "https://monitor.azure.us/.default" },
  china: { host: "login.partner.microsoftonline.cn", scope: "https://monitor.azure.cn/.default" },
} as const;
export type Cloud = keyof typeof clouds;

interface Application {
  readonly cloud: Cloud;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive(),
});
const refused = z.object({ error: z.string(), error_description: z.string() });

const judge = judgeBy({
  // No message is in this request that could be refused, so the application is.
  halt: [400, 413, 415, 422],
  advice: {
    400: "Check tenant, clientId and cloud.",
    401: "Check clientSecret: the secret's value, not its id; and that it has not expired.",
    404: "Check tenant and cloud.",
  },
});

export function tokenRequest(application: Application): OutgoingRequest {
  const { cloud, tenant, clientId, clientSecret } = application;
  const { host, scope } = clouds[cloud];
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  };
  return {
    method: "POST",
    url: `https://${host}/${tenant}/oauth2/v2.0/token`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  };
}

export function readToken(answer: Answer, attempt: Attempt): Token | Stop {
  const token = answer.status === 200 ? bodyAs(answer, granted) : undefined;
  if (token) {
    const expiresMs = attempt.nowMs + token.expires_in * 1000;
    return { kind: "token", token: token.access_token, expiresMs };
  }
  const verdict = judge(withoutForm(answer), attempt);
  return verdict.kind === "retry" || verdict.kind === "halt"
    ? { ...verdict, reason: `Microsoft Entra gave no token: ${verdict.reason}` }
    : { kind: "retry", reason: `Microsoft Entra answered HTTP ${answer.status} without a token` };
}

/** Only Entra's own words: who else answers may repeat the form, where the secret stands in another spelling. */
function withoutForm(answer: Answer): Answer {
  if (answer.kind === "failure") return answer;
  const said = bodyAs(answer, refused);
  const words = said ? `${said.error}, ${said.error_description.split("Trace ID:")[0]}` : "";
  return { ...answer, body: words };
}
