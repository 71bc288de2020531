// Lists behind links: no signature but ours opens one, each only its own, for its time, and while its destination may see it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeSql } from "../../sandbox/sql.ts";
import { isLink, Lists } from "../../src/calm/lists.ts";
import { parseConfig } from "../../src/config.ts";
import type { Letter } from "../../src/destinations/destination.ts";
import { Ledger } from "../../src/ledger.ts";
import { auditEvent } from "../support/events.ts";

const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef";
const week = 7 * 86_400_000;
const letters = [{ event: auditEvent() }] as unknown as readonly Letter[];

/** Two workspaces with a ledger of their own, and a clock that goes by hand. */
function open() {
  const clock = { ms: Date.parse("2026-06-01T12:00:00Z") };
  const ledgers: Record<string, Ledger> = {};
  const lists = (workspace: string, options: Record<string, unknown> = {}, name = "team") => {
    const parsed = parseConfig({
      ADMIN_TOKEN: "correct-horse-battery-staple",
      PRIVACY_KEY: "a-key-of-the-tests-0123456789-0123456789",
      PUBLIC_URL: "https://tidemark.example.workers.dev",
      WORKSPACES: [{ id: workspace, token: "ws-0123456789" }],
      DESTINATIONS: [{ name, type: "slack", url: hook, ...options }],
    });
    if (!parsed.ok) throw new Error(parsed.problems.join("; "));
    ledgers[workspace] ??= new Ledger(nodeSql());
    const ports = {
      ledger: ledgers[workspace],
      clock: { now: () => clock.ms, sleep: async () => undefined },
    };
    return new Lists(ports, workspace, parsed.config);
  };
  return { clock, lists };
}

function linked(lists: Lists): [id: string, signature: string] {
  const url = new URL(lists.link("team", letters)?.url ?? "");
  return [url.pathname.split("/").at(-1) ?? "", url.searchParams.get("signature") ?? ""];
}

describe("a list", () => {
  it("is opened by its own link, which looks like one, and by no other signature", () => {
    const { lists } = open();
    const mine = lists("acme");
    const [id, signature] = linked(mine);
    expect(isLink(id, signature)).toBe(true);
    expect(mine.read(id, signature)?.events).toHaveLength(1);
    const anySignature = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc
        .uint8Array({ minLength: 18, maxLength: 18 })
        .map((b) => Buffer.from(b).toString("base64url")),
      fc.constantFrom("", signature.slice(0, -1), `${signature}A`, signature.toLowerCase()),
    );
    fc.assert(
      fc.property(anySignature, (other) => {
        if (other !== signature) expect(mine.read(id, other)).toBeUndefined();
      }),
    );
    expect(mine.read(`${id.slice(0, -1)}_`, signature)).toBeUndefined();
  });

  it("is not opened in another workspace, also where that has the same list", () => {
    const { lists } = open();
    const [id, signature] = linked(lists("acme"));
    expect(linked(lists("other"))[0]).toBe(id);
    expect(lists("other").read(id, signature)).toBeUndefined();
  });

  it("is there for seven days", () => {
    const { clock, lists } = open();
    const mine = lists("acme");
    const link = linked(mine);
    clock.ms += week - 1;
    expect(mine.read(...link)).toBeDefined();
    clock.ms += 1;
    expect(mine.read(...link)).toBeUndefined();
  });

  it("is gone when its destination is to see less by now, or is not there any more", () => {
    const { lists } = open();
    const link = linked(lists("acme"));
    const masked = { privacy: { mask: ["source.ip"] } };
    expect(lists("acme", { only: ["user_access.*"] }).read(...link)).toBeDefined();
    expect(lists("acme", masked).read(...link)).toBeUndefined();
    expect(lists("acme", {}, "another").read(...link)).toBeUndefined();
    const hidden = linked(lists("acme", masked));
    expect(lists("acme", masked).read(...hidden)).toBeDefined();
    expect(lists("acme").read(...hidden)).toBeUndefined();
  });
});
