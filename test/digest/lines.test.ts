// How a digest reads.
import { describe, expect, test } from "vitest";
import { fitted } from "../../src/destinations/chat/summary-fit.ts";
import type { Section } from "../../src/destinations/chat/summary-lines.ts";
import { toClock, toSpan } from "../../src/digest/clock.ts";
import { emptyMemory } from "../../src/digest/memory.ts";
import { type Period, toSummary } from "../../src/digest/summary.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { activityEvents, asText, dayMs, period, sentOf, untilMs } from "../support/digest.ts";
import { auditEvent, eventId } from "../support/events.ts";

let made = 0;
function happened(type: string, of: Partial<AuditEvent> = {}): AuditEvent {
  made += 1;
  const ms = untilMs - dayMs + made * 1000;
  return auditEvent({
    id: eventId(made, ms),
    time: new Date(ms).toISOString(),
    type,
    severity: "low",
    previousRole: null,
    role: "Designer",
    ...of,
  });
}
const read = (events: readonly AuditEvent[], of: Partial<Period> = {}) =>
  asText(toSummary(events, emptyMemory, period(of)).summary);
const to = (email: string) => ({ targets: [{ id: null, email }] });
const added = (email: string, of: Partial<AuditEvent> = {}) =>
  happened("workspace_membership.user_added", { ...to(email), ...of });

describe("a digest", () => {
  test("tells what is different, what waits for an answer, and the rest in numbers", () => {
    const before = toSummary(
      [
        happened("workspace_invitation.invite_sent", {
          ...to("old@new.example"),
          role: "Reviewer",
        }),
      ],
      emptyMemory,
      period(),
    ).after;
    const site = { site: { id: "s1", slug: "docs" } };
    const events = [
      added("kai@acme.com", { userType: "guest" }),
      happened("site_membership.user_added", { ...to("kai@acme.com"), ...site, userType: "guest" }),
      happened("workspace_membership.user_removed", to("bo@acme.com")),
      happened("workspace_membership.user_role_updated", {
        severity: "high",
        previousRole: "Designer",
        role: "Admin",
      }),
      added("x@acme.com"),
      happened("workspace_membership.user_removed", to("x@acme.com")),
      happened("site_membership.user_granular_access_updated", {
        ...site,
        granularAccess: { id: "c", name: "Blog posts", type: "cms", restricted: true },
      }),
      happened("custom_role.role_created", { targets: [], role: "Launch manager" }),
      happened("custom_role.role_updated", { targets: [], role: "B", previousRole: "A" }),
      happened("workspace_setting.setting_updated", {
        targets: [],
        setting: { name: "ai_toggle", value: "true", previousValue: "false" },
      }),
      happened("workspace_invitation.invite_sent", { ...to("new@new.example"), userType: "guest" }),
      happened("user_access.login", {
        targets: [],
        method: "sso",
        source: { ip: null, location: "Porto PT" },
      }),
      happened("tidemark.finding", { severity: "high", summary: "Login from a new country." }),
      happened("site.published", { severity: "info" }),
    ];
    const { summary } = toSummary(
      events,
      before,
      period({ sent: sentOf(events), untilMs: untilMs + dayMs }),
    );
    const more = { url: "https://t.example/d/1", untilIso: "2026-06-12T07:00:00Z" };
    expect(
      asText(summary, { more, looks: { looked: 10, saw: 9 } }),
    ).toBe(`Digest of harborline, 4 Jun 09:00 to 6 Jun 09:00 (Europe/Madrid)
14 events · 1 gained access · 1 lost access · 1 changed role · 2 open invitations · 1 login · most severe: high

Worth a look (1)
• High · Login from a new country. · sent already

Gained access (1 person)
• kai@acme.com · the workspace and site docs as Designer (guest) · by ann@acme.com

Lost access (1 person)
• bo@acme.com · the workspace (was Designer) · by ann@acme.com

Changed role (1 person)
• High · ben_k@acme.com · Designer → Admin in the workspace · by ann@acme.com · sent already

Access to CMS collections (1 person)
• ben_k@acme.com · Blog posts on site docs restricted · by ann@acme.com

Custom roles and settings (3)
• Role Launch manager made · by ann@acme.com
• Role A renamed to B · by ann@acme.com
• AI features turned on · by ann@acme.com

Invitations (2 open)
• 1 sent
• old@new.example as Reviewer · open for 47 hours · by ann@acme.com
• new@new.example as Designer (guest) · open for 47 hours · by ann@acme.com

Logins
• 1 login by 1 person · SSO 1
• From 1 country · PT 1

Also
• 2 changes cancelled each other out
• 1 × site.published
• Tidemark looked 10 times and saw the log 9 times: more may have happened

All 14 events (the link works until 12 Jun 09:00 Europe/Madrid)`);
  });

  test("says once what is true of several people, names eight and counts the others", () => {
    const names = Array.from({ length: 11 }, (_, n) => added(`p${n}@acme.com`));
    expect(read(names)).toContain(
      "Gained access (11 people)\n• p0@acme.com, p1@acme.com, p2@acme.com, p3@acme.com, p4@acme.com, p5@acme.com, p6@acme.com, p7@acme.com and 3 more · the workspace as Designer",
    );
    const nobody = { targets: [{ id: null, email: null }] };
    expect(read([added("", nobody), added("", nobody), added("kai@acme.com")])).toContain(
      "• kai@acme.com and 2 not named",
    );
  });

  test("says of severe changes that came to nothing that there were some", () => {
    const role = (previousRole: string, role: string, severity: AuditEvent["severity"]) =>
      happened("workspace_membership.user_role_updated", { previousRole, role, severity });
    const events = [role("Designer", "Admin", "high"), role("Admin", "Designer", "medium")];
    expect(read(events, { sent: sentOf(events) })).toContain(
      "• 2 changes cancelled each other out, 1 of them high or critical (sent already)",
    );
    expect(read([role("Designer", "Designer", "low")])).toContain(
      "• 1 change left everything as it was",
    );
  });

  test("of an hour lists the invitations of that hour, and counts those that were open before", () => {
    const invite = (name: string) =>
      happened("workspace_invitation.invite_sent", to(`${name}@new.example`));
    const before = toSummary([invite("a"), invite("b")], emptyMemory, period()).after;
    const { summary } = toSummary(
      [{ ...invite("c"), time: new Date(untilMs - 60_000).toISOString() }],
      before,
      period({ fromMs: untilMs - 3_600_000 }),
    );
    const text = asText(summary);
    expect(text).toContain(
      "Invitations (3 open)\n• 1 sent\n• c@new.example as Designer · open for 1 minute",
    );
    expect(text).toContain("• 2 older ones, the oldest open for 23 hours");
    expect(text).not.toContain("a@new.example");
  });
});

describe("a period without events", () => {
  const { summary, after } = toSummary([], emptyMemory, period());
  const line = (looks?: { looked: number; saw: number }) =>
    asText(summary, { ...(looks && { looks }) })
      .split("\n")
      .slice(1)
      .join("\n");

  test("is one line, which says that nothing happened only where every look saw the log", () => {
    expect(line({ looked: 1440, saw: 1440 })).toBe(
      "Nothing happened between 4 Jun 09:00 and 5 Jun 09:00: Tidemark looked 1,440 times and saw the log each time.",
    );
    for (const looks of [
      undefined,
      { looked: 0, saw: 0 },
      { looked: 9, saw: 8 },
      { looked: 9, saw: 0 },
    ])
      expect(line(looks)).toMatch(/^No event was seen between 4 Jun 09:00 and 5 Jun 09:00/);
    expect(line({ looked: 9, saw: 0 })).toContain(
      "may have happened: Tidemark looked 9 times and saw the log never",
    );
    expect(after).toEqual(emptyMemory);
  });

  test("tells of invitations that are open still", () => {
    const { after } = toSummary(
      [happened("workspace_invitation.invite_sent")],
      emptyMemory,
      period(),
    );
    const later = period({ fromMs: untilMs, untilMs: untilMs + 9 * dayMs });
    expect(asText(toSummary([], after, later).summary)).toContain(
      " 1 invitation is open, the oldest for 9 days.",
    );
  });
});

describe("a message that is too long", () => {
  test("has its lists cut, each with how many more there are", () => {
    const sections: Section[] = [3, 40].map((n) => ({
      title: `${n}`,
      lines: Array.from({ length: n }, (_, i) => `line ${i}`),
    }));
    const cut = (most: number) =>
      fitted(
        sections,
        (shown) => shown,
        (shown) => shown.flatMap(({ lines }) => lines).length <= most,
      ).map(({ lines }) => lines);
    expect(cut(100).map(({ length }) => length)).toEqual([3, 16]);
    expect(cut(100)[1]?.at(-1)).toBe("… and 25 more lines");
    expect(cut(7)).toEqual([
      ["line 0", "line 1", "line 2"],
      ["line 0", "line 1", "line 2", "… and 37 more lines"],
    ]);
    expect(cut(5)).toEqual([
      ["line 0", "… and 2 more lines"],
      ["line 0", "line 1", "… and 38 more lines"],
    ]);
    expect(cut(2)).toEqual([["… 3 lines in all"], ["… 40 lines in all"]]);
  });

  test("a believable day of 400 events is cut nowhere but in its longest lists", () => {
    const text = read(activityEvents(400, 2));
    expect(text.split("\n").every((line) => line.length < 500)).toBe(true);
  });
});

test("times are told by the clock of the zone, spans in whole units that have passed", () => {
  expect(toClock(Date.parse("2026-12-04T23:30:00Z"), "UTC")).toBe("4 Dec 23:30");
  expect(toClock(Date.parse("2026-12-31T23:30:00Z"), "Europe/Madrid")).toBe("1 Jan 00:30");
  const minute = 60_000;
  expect([0, -5, 1, 119, 120, 2879, 2880, 9 * 1440 + 7].map((n) => toSpan(n * minute))).toEqual([
    "less than a minute",
    "less than a minute",
    "1 minute",
    "119 minutes",
    "2 hours",
    "47 hours",
    "2 days",
    "9 days",
  ]);
});
