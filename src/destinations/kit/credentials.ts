// How receivers know us that take a key of their own or, self-hosted, a user's name and password.
import { Buffer } from "node:buffer";
import { secretText, text } from "./options.ts";

/** The options of Basic authentication, beside a key. */
export const userAndPassword = {
  user: text("expected a user name without a colon", /^[^:]+$/)
    .optional()
    .describe("User name, with `password`"),
  password: secretText("a password", /./).optional().describe("Its password (a secret)"),
};

interface Basic {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Whether there is one way to be known, and not two. */
export function isOneWay(key: string | undefined, { user, password }: Basic): boolean {
  const given = [user, password].filter((one) => one !== undefined).length;
  return given === (key === undefined ? 2 : 0);
}

/** The value of `Authorization`. https://www.rfc-editor.org/rfc/rfc7617 */
export function authorization(
  scheme: "ApiKey" | "Bearer",
  key: string | undefined,
  { user, password }: Basic,
): string {
  if (key !== undefined) return `${scheme} ${key}`;
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
