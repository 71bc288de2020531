// What the command answers, word by word, and that no name or reason in it can break out of its line or of Slack's limits.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect } from "../../sandbox/receivers/slack-blocks.ts";
import type { Explanation } from "../../src/proof/explain.ts";
import type { Answer } from "../../src/slack-command/answer.ts";
import { relative, span } from "../../src/slack-command/answer.ts";
import { eventsAnswer } from "../../src/slack-command/events-answer.ts";
import {
  helpAnswer,
  mistakeAnswer,
  pausedAnswer,
  refusedAnswer,
  resumedAnswer,
  strangerAnswer,
} from "../../src/slack-command/short-answers.ts";
import { statusAnswer } from "../../src/slack-command/status-answer.ts";
import { syncAnswer } from "../../src/slack-command/sync-answer.ts";
import { whyAnswer } from "../../src/slack-command/why-answer.ts";
import type { WorkspaceStatus } from "../../src/status.ts";
import { auditEvent, auditEvents, hostileEvents } from "../support/events.ts";
import { runReport, shown, statusOf } from "../support/slack-command.ts";

const nowMs = Date.parse("2026-11-27T10:00:00.000Z");
const ago = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();

const well = statusOf("acme", [{ name: "team", type: "slack", lastDelivered: ago(720) }], {
  lastRead: ago(4),
  newestEvent: ago(720),
});

describe("status", () => {
  const told = (...statuses: WorkspaceStatus[]) =>
    shown(statusAnswer(statuses, "/tidemark", nowMs));

  test("says that all is well where it was read", () => {
    expect(told(well)).toBe(
      [
        "*All is well*",
        "*acme* · active · read 4 s ago · newest event 12 min ago",
        "• *team* (slack) · ok · delivered 12 min ago",
      ].join("\n"),
    );
  });

  test("does not say so of what was not read yet", () => {
    const starting = statusOf("beta", [{ name: "team", type: "slack", state: "starting" }], {
      state: "starting",
    });
    expect(told(well, starting)).toMatch(/^\*Not everything has been read yet\*\n/);
    expect(told(starting)).toContain(
      "*beta* · starting · not read yet\n• *team* (slack) · starting · nothing delivered yet",
    );
  });

  test("says what is wrong, what to do about it, and what comes next; that stands first", () => {
    const siem = {
      name: "siem",
      type: "splunk",
      state: "paused" as const,
      lagSeconds: 7200,
      backlog: 1204,
      problem:
        "Paused since 2026-11-27T08:00:00Z by @ann in Slack (U012AB3CD), until it is resumed.",
      hold: { since: ago(7200), until: null, by: "@ann in Slack (U012AB3CD)" },
    };
    const waiting = {
      name: "lake",
      type: "r2",
      state: "waiting" as const,
      problem: "3 attempts in a row have failed: HTTP 503.",
      nextAttempt: ago(-90),
    };
    const refused = statusOf("beta", [{ name: "team", type: "slack" }, siem, waiting], {
      state: "refused",
      problem: "Webflow refuses the token (401).",
      nextRead: ago(-30),
      deadLetters: 2,
    });
    expect(told(well, refused).split("\n")).toEqual([
      "*3 problems*",
      "*beta* · *refused* · not read yet · 2 dead letters: see GET /dead-letters",
      "↳ Webflow refuses the token (401). It is read again in 30 s.",
      "• *siem* (splunk) · *paused* · behind by 2 h · 1,204 events waiting · nothing delivered yet",
      "↳ Paused since 2026-11-27T08∶00:00Z by @ann in Slack (U012AB3CD), until it is resumed. `/tidemark resume siem`",
      "• *lake* (r2) · *waiting* · nothing delivered yet · tried again in 2 min",
      "↳ 3 attempts in a row have failed: HTTP 503.",
      "• *team* (slack) · ok · nothing delivered yet",
      "*acme* · active · read 4 s ago · newest event 12 min ago",
      "• *team* (slack) · ok · delivered 12 min ago",
    ]);
  });

  test("of more than fits says how many are left out, and shows those in trouble", () => {
    const many = Array.from({ length: 60 }, (_, i) =>
      statusOf(
        `workspace-${i}`,
        Array.from({ length: 5 }, (_, n) => ({ name: `destination-${n}`, type: "webhook" })),
        i === 59 ? { problem: "Webflow refuses the token." } : {},
      ),
    );
    const answer = statusAnswer(many, "/tidemark", nowMs);
    expect(inspect(answer)).toMatchObject({ ok: true });
    const text = shown(answer);
    expect(text).toContain("*workspace-59*");
    const lines = text.split("\n").filter((line) => /^(\*w|•)/.test(line)).length;
    expect(text).toMatch(new RegExp(`… and ${360 - lines} more\\. GET /status shows all\\.$`));
  });
});

describe("sync", () => {
  test("says what was read and what each destination got", () => {
    const report = runReport({
      fresh: 3,
      late: 1,
      destinations: {
        team: { delivered: 1203, dead: 0, requests: 3, failures: 0 },
        siem: { delivered: 0, dead: 1, requests: 2, failures: 2 },
      },
    });
    const status = statusOf("acme", [
      { name: "team", type: "slack" },
      { name: "siem", type: "splunk", problem: "2 attempts in a row have failed: HTTP 503." },
    ]);
    expect(shown(syncAnswer([{ report, status }])).split("\n")).toEqual([
      "*Read: 3 new events*",
      "*acme* · 3 new events · 1 of them late",
      "• *team* · 1,203 delivered",
      "• *siem* · nothing to deliver · 1 dead letter: see GET /dead-letters · 2 attempts failed",
      "↳ 2 attempts in a row have failed: HTTP 503.",
    ]);
  });

  test("does not take an unread log for an empty one", () => {
    const refused = {
      report: runReport({ source: "refused" }),
      status: statusOf("beta", [], { state: "refused", problem: "Webflow refuses the token." }),
    };
    const unknown = {
      report: runReport({ source: "unknown" }),
      status: statusOf("gamma", [], { state: "blind" }),
    };
    expect(shown(syncAnswer([refused, unknown])).split("\n")).toEqual([
      "*2 audit logs of 2 could not be read*",
      "*beta* · *refused*",
      "↳ Webflow refuses the token.",
      "*gamma* · *blind*",
      "↳ The log could not be read; the Worker's log says why: npx wrangler tail",
    ]);
  });
});

describe("last", () => {
  const newest = { workspace: "acme", days: 30, problem: null };

  test("shows the newest first, with time and id, and how to ask on", () => {
    const events = auditEvents(4);
    const lines = shown(eventsAnswer([{ ...newest, events }], 3, "/tidemark")).split("\n");
    expect(lines[0]).toBe("*The 3 newest events*");
    expect(lines.slice(1, 4).map((line) => /`(\w+)`$/.exec(line)?.[1])).toEqual(
      events
        .slice(1)
        .map(({ id }) => id)
        .reverse(),
    );
    expect(lines[1]).toMatch(
      /^<!date\^\d+\^.*\|2026-06-04 11:20:10 UTC> {2}\*High\* {2}ann@acme\.com changed the role/,
    );
    expect(lines.slice(4)).toEqual(["What became of one: `/tidemark why &lt;event&gt;`"]);
  });

  test("of several workspaces names each, and says which could not be read", () => {
    const [first, second] = auditEvents(2);
    const all = [
      { ...newest, events: first ? [first] : [] },
      { ...newest, workspace: "beta", events: second ? [second] : [], problem: "HTTP 500" },
    ];
    const lines = shown(eventsAnswer(all, 5, "/tidemark")).split("\n");
    expect(lines[1]).toBe("*beta* could not be read to its end.");
    expect(lines[2]).toBe("↳ HTTP 500");
    expect(lines.slice(3, 5).map((line) => line.split("  ")[0])).toEqual(["*beta*", "*acme*"]);
  });

  test("says what no event means: none in the log, or no log", () => {
    expect(shown(eventsAnswer([{ ...newest, events: [] }], 5, "/tidemark"))).toBe(
      "*The log shows no event of the last 30 days*",
    );
    const unread = { ...newest, events: [], problem: "Webflow refuses the token." };
    expect(shown(eventsAnswer([unread], 5, "/tidemark"))).toBe(
      "*No event could be read*\n*acme* could not be read to its end.\n↳ Webflow refuses the token.",
    );
  });
});

const fate = {
  name: "team",
  cause: "delivered" as const,
  because: "the receiver took it",
  at: ago(3600),
  filter: null,
  attempts: [],
  nextAttempt: null,
  deadLetter: null,
};
const explanation = (change: Partial<Explanation> = {}): Explanation => ({
  event: auditEvent().id,
  workspace: "acme",
  time: auditEvent().time,
  summary: "ann@acme.com logged in",
  problem: null,
  firstSeen: { at: ago(3605), run: { startedAt: ago(3606), trigger: "alarm" } },
  judged: "new",
  twin: null,
  knownGood: [],
  findings: [],
  destinations: [fate],
  ...change,
});

describe("why", () => {
  const told = (change: Partial<Explanation> = {}) =>
    shown(whyAnswer(explanation(change), nowMs)).split("\n");

  test("tells what rules say of the event", () => {
    const finding = {
      rule: "privilege.admin_granted",
      title: "Owner or Admin <granted>",
      severity: "high" as const,
      reason: null,
      technique: null,
      time: auditEvent().time,
      evidence: [auditEvent().id],
      onEvent: true,
    };
    expect(told({ findings: [finding] })).toContain(
      "⚑ Owner or Admin &lt;granted&gt; (high, privilege.admin_granted)",
    );
  });

  test("says what became of the event at each destination, and what to do", () => {
    const { id } = auditEvent();
    const attempt = { first: ago(600), last: ago(300), times: 4, events: 1 };
    const lines = told({
      destinations: [
        { ...fate, attempts: [{ ...attempt, outcome: "retry", reason: "HTTP 503" }] },
        { ...fate, name: "low", cause: "filtered", because: "its severity is below high" },
        {
          ...fate,
          name: "siem",
          cause: "dead_lettered",
          because: "HTTP 400: bad index",
          attempts: [{ ...attempt, times: 1, outcome: "reject", reason: "HTTP 400: bad index" }],
          deadLetter: 7,
        },
        {
          ...fate,
          name: "lake",
          cause: "pending",
          because: "3 attempts in a row have failed",
          at: null,
          nextAttempt: ago(-120),
        },
      ],
    });
    expect(lines).toEqual([
      "*ann@acme.com logged in*",
      expect.stringMatching(new RegExp(`2026-06-04 11:20:07 UTC> · acme · \`${id}\`$`)),
      "seen 1 h ago by a run of alarm",
      "• *team* · *delivered* 1 h ago · 4 attempts failed",
      "↳ 5 min ago: HTTP 503",
      "• *low* · *filtered* 1 h ago · its severity is below high",
      "• *siem* · *dead letter* 1 h ago · HTTP 400: bad index · 1 attempt failed",
      "↳ Mend what it says, then send it again: POST /dead-letters/acme:7/retry",
      "• *lake* · *pending* · 3 attempts in a row have failed · tried again in 2 min",
    ]);
  });

  test("tells a late one, an equal one, one that was not seen, and one that cannot be read", () => {
    expect(told({ judged: "late" })[2]).toMatch(
      /it came late: the log had been read past its time$/,
    );
    expect(told({ twin: { of: "01K7M", ordinal: 2 } })[2]).toMatch(
      /number 2 of equal events, the first is `01K7M`$/,
    );
    expect(told({ firstSeen: null, judged: "unseen" })[2]).toMatch(/^no run has read it yet/);
    const unread = told({ summary: null, problem: "the log does not show this event any more" });
    expect(unread[0]).toBe("*An event that cannot be read now*");
    expect(unread[3]).toBe("↳ the log does not show this event any more");
  });
});

test("who may not use it is told their own id, and what the administrator adds where", () => {
  expect(shown(strangerAnswer("U999", "/tidemark"))).toBe(
    [
      "You may not use `/tidemark`: it shows a confidential log, and can pause and mute where that log goes. Your member id is `U999`.",
      'The administrator of Tidemark can let you in: add it in wrangler.toml under [vars], `SLACK_OPERATORS = ["U999"]`, beside those who stand there already, and deploy: npm run deploy',
    ].join("\n"),
  );
});

test("a pause says until when, and how it ends", () => {
  expect(shown(pausedAnswer("siem", 7_200_000, nowMs + 7_200_000, "/tidemark"))).toMatch(
    /^\*siem\* is paused for 2 h, until <!date\^.*\|2026-11-27 12:00:00 UTC>\. Its backlog is held, and nothing is lost\.\nTo go on earlier: `\/tidemark resume siem`$/,
  );
  expect(shown(pausedAnswer("siem", null, null, "/tm"))).toMatch(
    /^\*siem\* is paused until it is resumed\..*\n.*`\/tm resume siem`$/,
  );
});

test.each([
  [0, "just now"],
  [999, "just now"],
  [-1000, "1 s ago"],
  [59_999, "in 60 s"],
  [-3_599_000, "60 min ago"],
  [-48 * 3_600_000, "48 h ago"],
  [50 * 3_600_000, "in 2 days"],
])("%i ms from now is %s", (ms, words) => {
  expect(relative(new Date(nowMs + ms).toISOString(), nowMs)).toBe(words);
});

test("a span is never less than a second", () => {
  expect(span(1)).toBe("1 s");
});

describe("hostile texts", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.constantFrom(
      "<!channel> <!here> <@U1> <#C1> <https://evil.example|click>",
      "*bold* _it_ ~s~ `code` ```pre```",
      "a\nb\r\n> quote\n• *forged* · ok",
      "\u202egnp.exe",
      "<".repeat(5000),
      "&".repeat(5000),
      ":rotating_light:",
    ),
  );

  /** Within Slack's limits, no mention, and no more lines than ours. */
  const isTame = (answer: Answer) => {
    expect(inspect(answer)).toMatchObject({ ok: true });
    const text = `${answer.text}\n${shown(answer)}`;
    expect(text.match(/<(?!!date\^)/g)).toBeNull();
    expect(text).not.toMatch(/[\u202e\r]/);
    for (const line of shown(answer)
      .split("\n")
      .filter((one) => one.includes("forged")))
      expect(line).not.toMatch(/^• \W?forged/);
  };

  test("in how things stand, in a report and in an explanation stay what they are: text", () => {
    fc.assert(
      fc.property(hostile, hostile, fc.integer({ min: 1, max: 40 }), (name, problem, n) => {
        const destinations = Array.from({ length: n }, () => ({ name, type: name, problem }));
        const status = statusOf(name, destinations, { problem, state: "blind" });
        isTame(statusAnswer([status, well], "/tidemark", nowMs));
        const report = runReport({ source: "blind" });
        isTame(syncAnswer([{ report, status }]));
        const because = problem;
        const attempt = { first: ago(1), last: ago(1), times: 1, events: 1, reason: problem };
        const fates = destinations.map(() => ({
          ...fate,
          name,
          cause: "pending" as const,
          because,
          attempts: [{ ...attempt, outcome: "retry" as const }],
          deadLetter: 1,
        }));
        const twin = { of: name, ordinal: 2 };
        isTame(
          whyAnswer(
            explanation({ summary: name, workspace: name, problem, twin, destinations: fates }),
            nowMs,
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("in events, however many, too", () => {
    fc.assert(
      fc.property(hostileEvents(20), hostile, (events, name) => {
        const all = [
          { workspace: name, events, days: 30, problem: name },
          { workspace: "b", events: [], days: 30, problem: null },
        ];
        isTame(eventsAnswer(all, 20, "/tidemark"));
      }),
      { numRuns: 100 },
    );
  });

  test("in what was typed, too", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        isTame(mistakeAnswer(`There is no command ${text}.`, null, "/tidemark"));
        isTame(mistakeAnswer(text, "pause", "/tidemark"));
        isTame(refusedAnswer(`There is no destination ${text}.`));
        isTame(strangerAnswer(text, "/tidemark"));
        isTame(pausedAnswer(text, null, null, "/tidemark"));
        isTame(resumedAnswer(text, "/tidemark"));
      }),
      { numRuns: 300 },
    );
    isTame(helpAnswer("/tidemark"));
  });
});
