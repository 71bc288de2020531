// What a digest makes of the events of its period.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyMemory, type Memory, mostInvitations, parseMemory } from "../../src/digest/memory.ts";
import { type Period, toSummary } from "../../src/digest/summary.ts";
import type { AuditEvent, Person } from "../../src/event/event.ts";
import { toPrivacy } from "../../src/privacy/private.ts";
import {
  activityEvents,
  dayMs,
  hostileActivity,
  period,
  sentOf,
  untilMs,
} from "../support/digest.ts";
import { auditEvent, eventId } from "../support/events.ts";

const hourMs = 3_600_000;
const personOf = (name: string): Person => ({ id: `id-${name}`, email: `${name}@acme.com` });
const ann = { type: "person", ...personOf("ann") } as const;

/** So many minutes before the end of the period. */
function happened(type: string, minutesBefore: number, of: Partial<AuditEvent> = {}): AuditEvent {
  const ms = untilMs - minutesBefore * 60_000;
  return auditEvent({
    id: eventId(minutesBefore, ms),
    time: new Date(ms).toISOString(),
    type,
    severity: "low",
    actor: ann,
    targets: [personOf("kai")],
    role: "Designer",
    previousRole: null,
    ...of,
  });
}
const added = (at: number, of?: Partial<AuditEvent>) =>
  happened("workspace_membership.user_added", at, of);
const removed = (at: number, of?: Partial<AuditEvent>) =>
  happened("workspace_membership.user_removed", at, of);
const roleOf = (at: number, previousRole: string | null, role: string | null) =>
  happened("workspace_membership.user_role_updated", at, { previousRole, role });
const invite = (what: string, at: number, name: string, of: Partial<AuditEvent> = {}) =>
  happened(`workspace_invitation.invite_${what}`, at, {
    targets: [{ id: null, email: `${name}@new.example` }],
    ...of,
  });

const digest = (
  events: readonly AuditEvent[],
  before: Memory = emptyMemory,
  of: Partial<Period> = {},
) => toSummary(events, before, period(of));
const summed = (...events: AuditEvent[]) => digest(events).summary;
const changes = (...events: AuditEvent[]) =>
  summed(...events).memberships.map(({ before, after }) => [before?.role, after?.role]);
const openNames = (memory: Memory) =>
  digest([], memory).summary.invitations.open.map(({ person }) => person.email);

describe("access", () => {
  test("is told as the first before against the last after", () => {
    expect(changes(added(9))).toEqual([[undefined, "Designer"]]);
    expect(changes(removed(9))).toEqual([["Designer", undefined]]);
    expect(changes(roleOf(9, "Designer", "Admin"))).toEqual([["Designer", "Admin"]]);
    expect(changes(roleOf(9, "Designer", "Marketer"), roleOf(8, "Marketer", "Admin"))).toEqual([
      ["Designer", "Admin"],
    ]);
    expect(changes(added(9), roleOf(8, "Designer", "Admin"))).toEqual([[undefined, "Admin"]]);
  });

  test("that comes out as it went in is counted, not told, and its events are accounted for", () => {
    const events = [
      added(9),
      removed(8),
      roleOf(7, "Designer", "Admin"),
      roleOf(6, "Admin", "Designer"),
    ];
    const there = summed(events[0] as AuditEvent, events[1] as AuditEvent);
    expect(there).toMatchObject({ memberships: [], cancelled: { events: 2, severe: 0 } });
    const back = summed(...events.slice(2));
    expect(back.memberships).toEqual([]);
    expect(back.accounted.cancelled).toEqual(events.slice(2).map(({ id }) => id));
  });

  test("that was taken and given back in the same role is nothing; in another or one not told, it is told", () => {
    expect(changes(removed(9), added(8))).toEqual([]);
    expect(changes(removed(9), added(8, { role: "Admin" }))).toEqual([["Designer", "Admin"]]);
    expect(changes(removed(9, { role: null }), added(8))).toEqual([[null, "Designer"]]);
    expect(changes(removed(9, { role: null }), added(8, { role: null }))).toEqual([[null, null]]);
    expect(changes(removed(9, { userType: "guest" }), added(8))).toHaveLength(1);
  });

  test("to the workspace, to each site and of each workspace are different things", () => {
    const site = (slug: string) => ({ site: { id: null, slug } });
    const on = (type: string, at: number, slug: string) =>
      happened(`site_membership.${type}`, at, site(slug));
    expect(
      summed(added(9), on("user_removed", 8, "a"), on("user_added", 7, "b")).memberships.length,
    ).toBe(3);
    expect(summed(on("user_added", 8, "a"), on("user_removed", 7, "a")).cancelled.events).toBe(2);
    const elsewhere = { workspace: { id: "other", slug: null } };
    expect(summed(added(9), removed(8, elsewhere)).memberships).toHaveLength(2);
  });

  test("of somebody named once by id and once by address is one person's", () => {
    const kai = personOf("kai");
    const events = [
      added(9, { targets: [{ id: kai.id, email: null }] }),
      happened("user_access.login", 8, { actor: { type: "person", ...kai }, targets: [] }),
      removed(7, { targets: [{ id: null, email: "KAI@acme.com" }] }),
    ];
    expect(summed(...events).cancelled.events).toBe(2);
  });

  test("of two people with one address is never summed up", () => {
    const twin = (id: string) => ({ targets: [{ id, email: "kai@acme.com" }] });
    expect(summed(added(9, twin("1")), removed(8, twin("2"))).memberships).toHaveLength(2);
    const either = removed(7, { targets: [{ id: null, email: "kai@acme.com" }] });
    expect(summed(added(9, twin("1")), added(8, twin("2")), either).memberships).toHaveLength(3);
  });

  test("of people who are hidden or not named is never summed up", () => {
    const nobody = { targets: [{ id: null, email: null }] };
    expect(summed(added(9, nobody), removed(8, nobody)).memberships).toHaveLength(2);
    expect(summed(added(9, { targets: [] }), removed(8, { targets: [] })).memberships).toHaveLength(
      2,
    );
    const hide = toPrivacy({ mask: ["targets[].email", "targets[].id"], pseudonymize: [] }, "k");
    const hidden = [added(9), removed(8)].map(hide);
    expect(summed(...hidden).memberships).toHaveLength(2);
    const pseudonyms = toPrivacy(
      { mask: [], pseudonymize: ["targets[].email", "targets[].id"] },
      "k",
    );
    expect(summed(...[added(9), removed(8)].map(pseudonyms)).cancelled.events).toBe(2);
  });

  test("of roles that are hidden is told, as they may be others", () => {
    const hide = toPrivacy({ mask: ["role", "previousRole"], pseudonymize: [] }, "k");
    const events = [roleOf(9, "Designer", "Admin"), roleOf(8, "Admin", "Owner")].map(hide);
    expect(summed(...events).memberships).toMatchObject([
      { before: { role: null }, after: { role: null } },
    ]);
  });

  test("of an event about several people is told of each, the event once", () => {
    const both = added(9, { targets: [personOf("kai"), personOf("lea")] });
    const summary = summed(both, removed(8));
    expect(summary.memberships.map(({ thing }) => thing.person.email)).toEqual(["lea@acme.com"]);
    expect(summary.accounted.change).toEqual([both.id]);
    expect(summary.accounted.cancelled).toHaveLength(1);
  });

  test("tells who did it, unless it was the person, and how severe it was at the worst", () => {
    const { memberships } = summed(
      added(9, { severity: "high" }),
      { ...roleOf(8, "Designer", "Marketer"), actor: { type: "token", id: "t1", email: null } },
      { ...roleOf(7, "Marketer", "Reviewer"), actor: { type: "person", ...personOf("kai") } },
    );
    expect(memberships).toMatchObject([
      { severity: "high", by: [ann, { type: "token", id: "t1" }] },
    ]);
  });

  test("is sent already when what is severe of it was, and only then", () => {
    const promotion = { ...roleOf(8, "Designer", "Admin"), severity: "high" as const };
    const events = [added(9), promotion];
    const sentOnes = (sent: ReadonlySet<string>) =>
      digest(events, emptyMemory, { sent }).summary.memberships.map(({ sent }) => sent);
    expect(sentOnes(new Set([promotion.id]))).toEqual([true]);
    expect(sentOnes(new Set([added(9).id]))).toEqual([false]);
    expect(sentOnes(new Set())).toEqual([false]);
  });

  test("says of severe changes that cancelled each other out how many there were, and whether they were sent", () => {
    const events = [
      { ...roleOf(9, "Designer", "Admin"), severity: "high" as const },
      roleOf(8, "Admin", "Designer"),
    ];
    const { summary } = digest(events, emptyMemory, { sent: sentOf(events) });
    expect(summary.cancelled).toEqual({ events: 2, severe: 1, sent: true });
    expect(summary.worst).toBe("high");
  });

  test("to a collection that was restricted and opened again is nothing", () => {
    const restrict = (at: number, restricted: boolean | null) =>
      happened("site_membership.user_granular_access_updated", at, {
        site: { id: "s", slug: "docs" },
        granularAccess: { id: "c", name: "Blog", type: "cms", restricted },
      });
    expect(summed(restrict(9, true), restrict(8, false)).cancelled.events).toBe(2);
    expect(
      summed(restrict(9, true), restrict(8, false), restrict(7, true)).restrictions,
    ).toMatchObject([{ after: true, thing: { name: "Blog" } }]);
    expect(summed(restrict(9, null), restrict(8, null)).restrictions).toHaveLength(1);
  });
});

describe("custom roles and settings", () => {
  const role = (
    what: string,
    at: number,
    role: string | null,
    previousRole: string | null = null,
  ) => happened(`custom_role.role_${what}`, at, { role, previousRole, targets: [] });
  const roles = (...events: AuditEvent[]) =>
    summed(...events).roles.map(({ before, after }) => [before?.name ?? null, after?.name ?? null]);

  test("a role that was made and deleted again is nothing, also under another name", () => {
    expect(roles(role("created", 9, "A"), role("deleted", 8, "A"))).toEqual([]);
    const events = [role("created", 9, "A"), role("updated", 8, "B", "A"), role("deleted", 7, "B")];
    expect(roles(...events)).toEqual([]);
    expect(summed(...events).cancelled.events).toBe(3);
  });

  test("a role is followed through its renaming, and one that was there before stays told", () => {
    expect(roles(role("created", 9, "A"), role("updated", 8, "B", "A"))).toEqual([[null, "B"]]);
    expect(roles(role("updated", 9, "B", "A"), role("updated", 8, "A", "B"))).toEqual([["A", "A"]]);
    expect(roles(role("updated", 9, "B", "A"), role("deleted", 8, "B"))).toEqual([["A", null]]);
    expect(roles(role("deleted", 9, "A"), role("created", 8, "A"))).toEqual([["A", "A"]]);
    expect(roles(role("updated", 9, null), role("updated", 8, null))).toHaveLength(2);
  });

  test("a setting is its first value against its last", () => {
    const set = (at: number, previousValue: string | null, value: string | null) =>
      happened("workspace_setting.setting_updated", at, {
        targets: [],
        setting: { name: "ai_toggle", value, previousValue },
      });
    expect(summed(set(9, "false", "true")).settings).toMatchObject([
      { before: "false", after: "true" },
    ]);
    expect(summed(set(9, "false", "true"), set(8, "true", "false"))).toMatchObject({
      settings: [],
      cancelled: { events: 2 },
    });
    expect(summed(set(9, null, null)).settings).toHaveLength(1);
  });
});

describe("invitations", () => {
  test("are open from their sending until an answer", () => {
    for (const answer of ["accepted", "declined", "canceled", "expired", "revoked"]) {
      const { after } = digest([
        invite("sent", 9, "a"),
        invite("sent", 8, "b"),
        invite(answer, 7, "a"),
      ]);
      expect(openNames(after)).toEqual(["b@new.example"]);
    }
  });

  test("are answered by whoever joins the workspace in another way", () => {
    const joined = added(5, { targets: [{ id: "7", email: "A@new.example" }] });
    expect(openNames(digest([invite("sent", 9, "a"), joined]).after)).toEqual([]);
  });

  test("an answer that names nobody but its actor is the actor's", () => {
    const actor = { type: "person", id: null, email: "a@new.example" } as const;
    const answer = invite("accepted", 5, "", { actor, targets: [] });
    expect(openNames(digest([invite("sent", 9, "a"), answer]).after)).toEqual([]);
  });

  test("keep their age when they are sent again or changed, which is noted", () => {
    const first = digest([invite("sent", 3 * 1440, "a")], emptyMemory, {
      untilMs: untilMs - dayMs,
    });
    const { summary } = digest(
      [invite("sent", 9, "a"), invite("updated", 8, "a", { role: "Admin" })],
      first.after,
    );
    expect(summary.invitations.open).toMatchObject([
      { sentMs: untilMs - 3 * dayMs, resent: 1, role: "Admin", older: false },
    ]);
  });

  test("known by a change alone are older than that", () => {
    expect(summed(invite("updated", 60, "a")).invitations.open).toMatchObject([
      { sentMs: untilMs - hourMs, older: true, resent: 0 },
    ]);
  });

  test("sent anew after an answer are new ones", () => {
    const events = [invite("sent", 9, "a"), invite("canceled", 8, "a"), invite("sent", 7, "a")];
    expect(summed(...events).invitations.open).toMatchObject([
      { sentMs: untilMs - 7 * 60_000, resent: 0 },
    ]);
  });

  test("to people who are hidden are counted: whether they are open cannot be known", () => {
    const hide = toPrivacy({ mask: ["targets[].email", "targets[].id"], pseudonymize: [] }, "k");
    const { invitations } = summed(
      ...[invite("sent", 9, "a"), invite("accepted", 8, "b")].map(hide),
    );
    expect(invitations).toMatchObject({ open: [], unnamed: 2 });
  });

  test("beyond what is remembered are counted, the oldest first", () => {
    const many = Array.from({ length: mostInvitations + 3 }, (_, n) =>
      invite("sent", 1000 - n, `p${n}`),
    );
    const { summary, after } = digest(many);
    expect(summary.invitations).toMatchObject({ forgotten: 3 });
    expect(summary.invitations.open).toHaveLength(mostInvitations);
    expect(summary.invitations.open[0]?.person.email).toBe("p3@new.example");
    expect(digest([], after).after).toEqual(after);
  });

  test("are open in the same way in whichever of two digests their events are read", () => {
    const deed = fc.record({
      what: fc.constantFrom(
        "sent",
        "sent",
        "updated",
        "accepted",
        "declined",
        "canceled",
        "joined",
      ),
      name: fc.constantFrom("a", "b", "c"),
      second: fc.boolean(),
    });
    const property = fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
      const all = deeds.map(({ what, name }, n) => {
        const targets = [{ id: null, email: `${name}@new.example` }];
        return what === "joined" ? added(500 - n, { targets }) : invite(what, 500 - n, name);
      });
      const once = digest(all).after;
      const late = all.filter((_, n) => deeds[n]?.second);
      const onTime = all.filter((_, n) => !deeds[n]?.second);
      const mixed = digest(late, digest(onTime).after).after;
      expect(openNames(mixed).toSorted()).toEqual(openNames(once).toSorted());
      for (const split of [0, 3, 9]) {
        const half = parseMemory(JSON.parse(JSON.stringify(digest(all.slice(0, split)).after)));
        expect(digest(all.slice(split), half).after).toEqual(once);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("of a believable day are the same in one digest as in hourly ones", () => {
    const events = activityEvents(400, 3);
    let memory = emptyMemory;
    for (let fromMs = untilMs - dayMs; fromMs < untilMs; fromMs += hourMs) {
      const due = events.filter(({ time }) => {
        const ms = Date.parse(time);
        return ms >= fromMs && ms < fromMs + hourMs;
      });
      memory = digest(due, memory, { fromMs, untilMs: fromMs + hourMs }).after;
    }
    expect(memory).toEqual(digest(events).after);
  });
});

describe("what is remembered", () => {
  test("is plain JSON, and what cannot be read is left out", () => {
    const { after } = digest([invite("sent", 9, "a"), invite("sent", 8, "b")]);
    const saved = JSON.parse(JSON.stringify(after));
    expect(parseMemory(saved)).toEqual(after);
    saved.invitations[0].key = 7;
    expect(openNames(parseMemory(saved))).toHaveLength(1);
    for (const bad of [undefined, null, 7, "x", [], {}, { version: 2, invitations: [] }])
      expect(parseMemory(bad)).toEqual(emptyMemory);
  });

  test("is read from anything without an error, and small whatever the events are", () => {
    fc.assert(fc.property(fc.jsonValue(), (saved) => void parseMemory(saved)));
    const names = Array.from({ length: mostInvitations }, (_, n) =>
      invite("sent", n + 1, "x", {
        targets: [{ id: "名".repeat(900), email: `${n}${"名".repeat(900)}` }],
        role: "名".repeat(900),
        actor: { type: "person", id: "名".repeat(900), email: "名".repeat(900) },
      }),
    );
    const { after } = digest(names);
    expect(after.invitations).toHaveLength(mostInvitations);
    expect(Buffer.byteLength(JSON.stringify(after))).toBeLessThan(1_500_000);
    expect(parseMemory(JSON.parse(JSON.stringify(after)))).toEqual(after);
  });

  test("names nobody whose invitation is closed", () => {
    const { after } = digest([invite("sent", 9, "a"), invite("accepted", 8, "a")]);
    expect(JSON.stringify(after)).not.toMatch(/new\.example|ann|Designer/);
  });
});

describe("the rest", () => {
  test("logins are counted by person, method and country", () => {
    const login = (at: number, name: string | null, method: string | null, location: string) =>
      happened("user_access.login", at, {
        actor: name
          ? { type: "person", ...personOf(name) }
          : { type: "unknown", id: null, email: null },
        targets: [],
        method,
        source: { ip: null, location },
      });
    const { logins } = summed(
      login(9, "kai", "sso", "Ashburn US"),
      login(8, "kai", "SSO", "Lisbon PT"),
      login(7, "lea", "google", "somewhere"),
      login(6, null, null, "Porto PT"),
      happened("user_access.logout", 5),
      happened("user_access.login_failed", 4),
    );
    expect(logins).toEqual({
      logins: 4,
      people: 2,
      unnamed: 1,
      methods: [
        ["sso", 2],
        ["google", 1],
        ["unknown", 1],
      ],
      countries: [
        ["PT", 2],
        ["US", 1],
      ],
      logouts: 1,
      failed: 1,
    });
  });

  test("all else is counted by type, and told in its own words from medium on", () => {
    const request = happened("workspace_invitation.access_request_accepted", 9, {
      severity: "medium",
    });
    const finding = happened("tidemark.finding", 8, { severity: "high", summary: "Look" });
    const summary = summed(request, finding, happened("site.published", 7, { severity: "info" }));
    expect(summary.others.map(({ type, count }) => [type, count])).toEqual([
      ["tidemark.finding", 1],
      ["workspace_invitation.access_request_accepted", 1],
      ["site.published", 1],
    ]);
    expect(summary.severest.map(({ id }) => id)).toEqual([finding.id, request.id]);
  });
});

describe("whatever the events are", () => {
  const ids = (events: readonly AuditEvent[]) => events.map(({ id }) => id).toSorted();

  test("each is accounted for once, and the order in which they come does not matter", () => {
    const believable = fc
      .tuple(fc.nat(1000), fc.integer({ min: 1, max: 80 }))
      .map(([seed, count]) => activityEvents(count, seed));
    const events = fc.oneof(believable, hostileActivity(40));
    const property = fc.property(events, fc.infiniteStream(fc.nat()), (all, keys) => {
      const whole = digest(all);
      const shuffled = all
        .map((event) => [keys.next().value ?? 0, event] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, event]) => event);
      expect(digest([...shuffled, ...shuffled.slice(0, 3)])).toEqual(whole);
      const { accounted, memberships, events } = whole.summary;
      expect(Object.values(accounted).flat().toSorted()).toEqual(ids(all));
      expect(events).toBe(all.length);
      const told = new Set(accounted.change);
      for (const one of memberships) for (const id of one.events) expect(told).toContain(id);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("what is done and undone, in any order of steps, leaves no change", () => {
    const walk = fc.array(fc.constantFrom("Designer", "Marketer", "Admin"), { maxLength: 6 });
    const property = fc.property(fc.constantFrom("Designer", "Admin"), walk, (start, steps) => {
      const way = [start, ...steps, start];
      const events = way.slice(1).map((role, n) => roleOf(400 - n, way[n] ?? null, role));
      const around = [added(450, { role: start }), ...events, removed(5, { role: start })];
      expect(summed(...events)).toMatchObject({
        memberships: [],
        cancelled: { events: events.length },
      });
      expect(summed(...around)).toMatchObject({
        memberships: [],
        cancelled: { events: around.length },
      });
    });
    fc.assert(property);
  });
});
