import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { heartbeat } from "../src/heartbeat.ts";
import { systemClock } from "../src/http.ts";

const url = "https://ping.example.com/0a1b2c3d-secret";

async function beat(answer: () => Promise<Response>) {
  const asked: string[] = [];
  const warned: unknown[] = [];
  const log = {
    info: () => undefined,
    warn: (message: string, fields: unknown) => warned.push([message, fields]),
    error: () => undefined,
  };
  await heartbeat(url, {
    fetch: (request) => {
      asked.push(`${request.method} ${request.url}`);
      return answer();
    },
    clock: systemClock,
    log,
  });
  return { asked, warned };
}

describe("the heartbeat", () => {
  it("asks its URL", async () => {
    const { asked, warned } = await beat(async () => new Response("ok"));
    expect([asked, warned]).toEqual([[`GET ${url}`], []]);
  });

  it("of a monitor that is down or refuses breaks nothing, and is told without the URL", async () => {
    const down = await beat(async () => {
      throw new TypeError(`fetch failed: ${url}`);
    });
    const refused = await beat(async () => new Response("gone", { status: 404 }));
    expect(down.warned).toHaveLength(1);
    expect(refused.warned).toEqual([["heartbeat refused", { status: 404 }]]);
    expect(JSON.stringify([down.warned, refused.warned])).not.toContain("0a1b2c3d");
  });
});

describe("HEARTBEAT_URL", () => {
  const env = (value: unknown) => ({
    WEBFLOW_TOKEN: "ws-token",
    WORKSPACES: [{ id: "acme", token: "$WEBFLOW_TOKEN" }],
    DESTINATIONS: [
      {
        name: "siem",
        type: "webhook",
        url: "https://siem.example.com/in",
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      },
    ],
    HEARTBEAT_URL: value,
  });

  it.each([undefined, "", "  "])("may be missing (%j)", (value) => {
    const parsed = parseConfig(env(value));
    expect(parsed.ok && parsed.config.heartbeatUrl).toBe(null);
  });

  it("is a secret: struck out wherever it would stand", () => {
    const parsed = parseConfig(env(`${url}\n`));
    expect(parsed.ok && [parsed.config.heartbeatUrl, parsed.config.secrets.includes(url)]).toEqual([
      url,
      true,
    ]);
  });

  it.each(["http://ping.example.com/x", "https://10.0.0.1/x", "https://localhost/x", "ping"])(
    "%s is refused, and not quoted",
    (value) => {
      const parsed = parseConfig(env(value));
      const problems = parsed.ok ? [] : parsed.problems;
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^HEARTBEAT_URL: expected/);
      expect(problems[0]).not.toContain(value);
    },
  );
});
