// The sandbox's internet: requests go to the site that has the host, and nowhere else.
import type { Site } from "./site.ts";

/** Sites by host, e.g. `{ "hooks.slack.com": slackReceiver({ clock }) }`. */
export function internet(sites: Readonly<Record<string, Site>>): Site {
  const byHost = new Map(Object.entries(sites));
  return {
    async fetch(request) {
      const { host } = new URL(request.url);
      const site = byHost.get(host);
      if (!site) throw new TypeError("fetch failed", { cause: `getaddrinfo ENOTFOUND ${host}` });
      return site.fetch(request);
    },
  };
}
