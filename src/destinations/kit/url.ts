// Which URLs may be sent to: an operator's slip must not turn the relay into a way to reach inner hosts.
import * as z from "zod";

const localNames = [
  "localhost",
  "local",
  "internal",
  "lan",
  "home",
  "corp",
  "intranet",
  "localdomain",
  "home.arpa",
];

const noUrl = "expected a URL, like https://siem.example.com/in";

/** Why a URL may not be sent to, or undefined when it may. Quotes no part of the URL: it may be a secret. */
function urlProblem(value: string): string | undefined {
  const url = URL.parse(value);
  if (!url) return noUrl;
  if (url.protocol !== "https:") return "expected a URL that starts with https://";
  if (url.username || url.password)
    return "must not hold a user name or password: use the options made for it";
  const host = url.hostname.replace(/\.$/, "").toLowerCase();
  // URL parsing has turned every way to write an IPv4 address (decimal, octal, hex) into dotted form.
  if (/^\d+(\.\d+){3}$/.test(host) || host.startsWith("["))
    return "expected a host name, got an IP address";
  if (host.split(".").includes("")) return noUrl;
  if (!host.includes(".") || localNames.some((name) => `.${host}`.endsWith(`.${name}`))) {
    return "expected a public host name, got a local one: it can't be reached from Cloudflare";
  }
  return undefined;
}

/** Any URL at a public host, as it is given. */
export const publicHttpsUrl = z.string(noUrl).superRefine((value, context) => {
  const problem = urlProblem(value);
  if (problem) context.addIssue({ code: "custom", message: problem });
});

/** A URL under which the vendor's own paths stand. */
export const baseUrl = publicHttpsUrl.regex(
  /^[^?#]*$/,
  "expected a URL without a query (?) and a fragment (#)",
);

/** A path under a URL of the operator's, who may have given it with the path already. */
export function endpoint(base: string, path: string): string {
  const url = new URL(base);
  const given = url.pathname.replace(/\/+$/, "");
  url.pathname = given.endsWith(path) ? given : given + path;
  return url.href;
}

/**
 * A webhook's URL, which is a secret, at its vendor's own hosts; as it will be requested. `expected` says how one looks
 * and where it is made.
 */
export function hookUrl(expected: string, fits: (url: URL) => boolean) {
  return z.string(expected).transform((value, context) => {
    const url = URL.parse(value.trim());
    const plain = url?.protocol === "https:" && !url.username && !url.password && !url.port;
    if (url && plain && fits(url)) {
      url.hash = "";
      return url.href;
    }
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}
