// The configuration: what it takes, and what it says about everything that it does not take.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Config, parseConfig } from "../src/config.ts";
import { destinationTypes } from "../src/destinations/registry.ts";
import { formats } from "../src/formats/registry.ts";
import { partsOf } from "../src/secrets.ts";
import { bucketBinding } from "./support/bucket.ts";

const types = destinationTypes.map(({ type }) => type).join(", ");

const formatNames = formats.map(({ name }) => name);

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQI";
const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdefabcdefabcdef";

const workspace = { id: "acme", token: "$WEBFLOW_TOKEN" };
const siem = {
  name: "siem",
  type: "webhook",
  url: "https://in.acme-siem.com/hook",
  secret: "$SIEM_SECRET",
};
const team = { name: "team", type: "slack", url: "$SLACK_WEBHOOK_URL" };
const valid = {
  ADMIN_TOKEN: "correct-horse-battery-staple",
  WEBFLOW_TOKEN: "ws-0123456789abcdef",
  SIEM_SECRET: secret,
  SLACK_WEBHOOK_URL: hook,
  WORKSPACES: [workspace],
  DESTINATIONS: [siem, team],
};

function problemsOf(env: Record<string, unknown>): readonly string[] {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.problems;
}
function configOf(env: Record<string, unknown>): Config {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  return parsed.config;
}
/** The valid environment with one destination only, changed so. */
const withSiem = (change: Record<string, unknown>) => ({
  ...valid,
  DESTINATIONS: [{ ...siem, ...change }],
});

const aList = (name: string) => `expected a list: add [[vars.${name}]] to wrangler.toml`;
const aStart =
  'expected "now", a span back like "12h" or "30d", or a time like "2026-11-23T10:00:00Z" or "2026-11-23"';
const aSecret = `expected whsec_ and 24 to 64 bytes in base64, e.g. from: node -p "'whsec_'+crypto.randomBytes(32).toString('base64')"`;
const aud = "0123456789abcdef".repeat(4);
const anAudience =
  "expected the AUD tag of the Access application, 64 hexadecimal digits, or a list of them";
const notSet = (path: string, name: string) =>
  `${path} reads the secret ${name}, which is not set. Set it with: npx wrangler secret put ${name} (or in .dev.vars for npm run dev)`;

type Mistake = readonly [what: string, change: Record<string, unknown>, ...problems: string[]];

const toCase = ([what, change, ...problems]: Mistake) => ({ what, change, problems });

/** With the valid environment changed so. */
const mistakes: readonly Mistake[] = [
  ["no WORKSPACES", { WORKSPACES: undefined }, `WORKSPACES: ${aList("WORKSPACES")}`],
  ["no DESTINATIONS", { DESTINATIONS: undefined }, `DESTINATIONS: ${aList("DESTINATIONS")}`],
  [
    "lists as JSON text",
    { WORKSPACES: JSON.stringify([workspace]), DESTINATIONS: "[]" },
    `WORKSPACES: ${aList("WORKSPACES")}`,
    `DESTINATIONS: ${aList("DESTINATIONS")}`,
  ],
  [
    "empty lists",
    { WORKSPACES: [], DESTINATIONS: [] },
    "WORKSPACES: expected at least one workspace: add [[vars.WORKSPACES]] to wrangler.toml",
    "DESTINATIONS: expected at least one destination: add [[vars.DESTINATIONS]] to wrangler.toml",
  ],
  [
    "a filter on a field that there is none of, and a secret where a network belongs",
    {
      DESTINATIONS: [
        { ...siem, where: { user: "$WEBFLOW_TOKEN", not: [{ "source.ip": "$WEBFLOW_TOKEN" }] } },
      ],
    },
    'DESTINATIONS[0].where: expected fields of the event; "user" is none of them, the closest are "userType"; of the item as received, e.g. "raw.payload.method"',
    'DESTINATIONS[0].where: expected an address or a network, e.g. "203.0.113.9", "10.0.0.0/8" or "2001:db8::/32" for "source.ip", got "‹secret›"',
  ],
  [
    "fields to hide that there are none of, or that cannot be hidden, and another way of hiding",
    { DESTINATIONS: [{ ...siem, privacy: { mask: ["actor.mail", "type"], hash: ["actor.id"] } }] },
    'DESTINATIONS[0].privacy.mask: expected fields of the event; "actor.mail" is none of them, the closest are "actor.email"; of the item as received, e.g. "raw.payload.method"',
    'DESTINATIONS[0].privacy.mask: expected fields that can be hidden; "type" is of every event',
    "DESTINATIONS[0].privacy: expected only mask and pseudonymize, got hash",
  ],
  [
    "pseudonyms without a key",
    { DESTINATIONS: [siem, { ...team, privacy: { pseudonymize: ["actor.email"] } }] },
    "DESTINATIONS[1].privacy.pseudonymize needs the secret PRIVACY_KEY, which is not set. Set it with: openssl rand -hex 32 | npx wrangler secret put PRIVACY_KEY (or in .dev.vars for npm run dev)",
  ],
  [
    "pseudonyms with a key that could be guessed",
    {
      PRIVACY_KEY: "correct-horse",
      DESTINATIONS: [{ ...siem, privacy: { pseudonymize: ["actor.email"] } }],
    },
    "DESTINATIONS[0].privacy.pseudonymize needs the secret PRIVACY_KEY, which is shorter than 32 characters. Set it with: openssl rand -hex 32 | npx wrangler secret put PRIVACY_KEY (or in .dev.vars for npm run dev)",
  ],
  [
    "a SEVERITY that is no table",
    { SEVERITY: "high" },
    'SEVERITY: expected a table, e.g. [vars.SEVERITY] with "workspace_invitation.*" = "medium"',
  ],
  [
    "a severity that is none",
    { SEVERITY: { "workspace_invitation.*": "urgent" } },
    'SEVERITY["workspace_invitation.*"]: expected one of info, low, medium, high, critical',
  ],
  [
    "a secret that is not set",
    { WEBFLOW_TOKEN: undefined },
    notSet("WORKSPACES[0].token", "WEBFLOW_TOKEN"),
  ],
  [
    "a secret that is empty",
    { SLACK_WEBHOOK_URL: "" },
    notSet("DESTINATIONS[1].url", "SLACK_WEBHOOK_URL"),
  ],
  [
    "a secret in small letters",
    { WORKSPACES: [{ id: "acme", token: "$webflow_token" }] },
    notSet("WORKSPACES[0].token", "webflow_token"),
  ],
  [
    "an unknown option of a workspace",
    { WORKSPACES: [{ ...workspace, name: "Acme" }] },
    "WORKSPACES[0]: unknown option name; expected only id, token",
  ],
  [
    "an empty workspace",
    { WORKSPACES: [{ id: "", token: "" }] },
    "WORKSPACES[0].id: expected the workspace's id or slug",
    'WORKSPACES[0].token: expected a workspace token, e.g. "$WEBFLOW_TOKEN", or a list of them while one is replaced',
  ],
  [
    "a workspace without anything",
    { WORKSPACES: [{}] },
    "WORKSPACES[0].id: is missing; expected the workspace's id or slug",
    'WORKSPACES[0].token: is missing; expected a workspace token, e.g. "$WEBFLOW_TOKEN", or a list of them while one is replaced',
  ],
  ...[["$WEBFLOW_TOKEN", 5], 5, {}].map(
    (token): Mistake => [
      `token = ${JSON.stringify(token)}`,
      { WORKSPACES: [{ id: "acme", token }] },
      'WORKSPACES[0].token: expected a workspace token, e.g. "$WEBFLOW_TOKEN", or a list of them while one is replaced',
    ],
  ),
  [
    "a list of tokens of which one is not set",
    { WORKSPACES: [{ id: "acme", token: ["$WEBFLOW_TOKEN", "$NEXT_TOKEN"] }] },
    notSet("WORKSPACES[0].token[1]", "NEXT_TOKEN"),
  ],
  [
    "secrets as the example file had them",
    { WEBFLOW_TOKEN: "the workspace token from Webflow" },
    notSet("WORKSPACES[0].token", "WEBFLOW_TOKEN"),
  ],
  [
    "a workspace twice",
    { WORKSPACES: [workspace, workspace] },
    "WORKSPACES: the id acme stands there twice; expected each workspace once",
  ],
  [
    "a destination that is no table",
    { DESTINATIONS: ["slack"] },
    "DESTINATIONS[0]: expected a table with the options name, type and those of the type",
  ],
  [
    "a workspace that is no table",
    { WORKSPACES: ["acme"] },
    "WORKSPACES[0]: expected a table with the options id, token",
  ],
  [
    "a missing option",
    { DESTINATIONS: [{ name: "team", type: "slack" }] },
    "DESTINATIONS[0].url: is missing; expected a Slack incoming webhook URL, https://hooks.slack.com/services/T…/B…/…; make one at https://api.slack.com/apps, under Incoming Webhooks of your app",
  ],
  [
    "a Slack URL of another host",
    { SLACK_WEBHOOK_URL: hook.replace("slack.com", "slack.evil.com") },
    "DESTINATIONS[1].url: expected a Slack incoming webhook URL, https://hooks.slack.com/services/T…/B…/…; make one at https://api.slack.com/apps, under Incoming Webhooks of your app",
  ],
  [
    "a name twice",
    { DESTINATIONS: [siem, { ...team, name: "siem" }] },
    "DESTINATIONS: the name siem stands there twice; expected a name of its own for each",
  ],
  [
    "numbers out of range",
    { OVERLAP_SECONDS: 1, REQUEST_BUDGET: 5, MEMORY_DAYS: 1 },
    "OVERLAP_SECONDS: expected a whole number from 10 to 3600",
    "REQUEST_BUDGET: expected a whole number from 10 to 9000",
    "MEMORY_DAYS: expected a whole number from 7 to 3650",
  ],
  [
    "a team of Cloudflare Access alone",
    { ACCESS_TEAM: "acme" },
    `ACCESS_AUD: is missing, and ACCESS_TEAM is of no use without it; ${anAudience}`,
  ],
  ...["https://acme.cloudflareaccess.com", "acme.example.com", "", 5].map(
    (value): Mistake => [
      `ACCESS_TEAM = ${JSON.stringify(value)}`,
      { ACCESS_TEAM: value, ACCESS_AUD: aud },
      'ACCESS_TEAM: expected the name of your Cloudflare team, e.g. "acme" of acme.cloudflareaccess.com',
    ],
  ),
  ...["", "abc", `${aud}0`, aud.toUpperCase(), 5].map(
    (value): Mistake => [
      `ACCESS_AUD = ${JSON.stringify(value)}`,
      { ACCESS_AUD: value },
      `ACCESS_AUD: ${anAudience}`,
    ],
  ),
  ...[0, 61, 1.5, -1, "x", "", null, true, [20]].map(
    (value): Mistake => [
      `POLL_SECONDS = ${JSON.stringify(value)}`,
      { POLL_SECONDS: value },
      "POLL_SECONDS: expected a whole number from 1 to 60",
    ],
  ),
];

/** With one valid destination changed so; each problem is told under DESTINATIONS[0]. */
const optionMistakes: readonly Mistake[] = [
  ["an unknown type", { type: "webhok" }, `.type: expected one of ${types}, got "webhok"`],
  ["no type", { type: undefined }, `.type: expected one of ${types}`],
  [
    "unknown options",
    { colour: "red", urls: [] },
    ": unknown option colour, urls; expected only name, type, only, except, minSeverity, where, privacy, workspaces, system, rules, findings, start, format, url, secret, batch",
  ],
  ["a name with spaces", { name: "a b/1" }, ".name: expected 1 to 63 letters, digits, - or _"],
  ["another kind of secret", { secret: "hunter2" }, `.secret: ${aSecret}`],
  ["a secret that is no whole base64", { secret: `${secret}A` }, `.secret: ${aSecret}`],
  ["a secret that is too short", { secret: "whsec_aHVudGVyMg==" }, `.secret: ${aSecret}`],
  [
    "a secret that is no text",
    { secret: 5 },
    '.secret: expected a signing secret "whsec_…", or a list of up to 4 while it is rotated',
  ],
  ["no secret", { secret: [] }, ".secret: expected at least one signing secret"],
  ["a secret that is missing", { secret: undefined }, `.secret: is missing; ${aSecret}`],
  ["a type from a secret", { type: "$WEBFLOW_TOKEN" }, `.type: expected one of ${types}`],
  [
    "workspaces that are no list",
    { workspaces: "acme" },
    '.workspaces: expected a list, e.g. workspaces = ["my-workspace"]',
  ],
  ["a start in other words", { start: "yesterday" }, `.start: ${aStart}`],
  ["a start without a zone", { start: "2026-11-23T10:00:00" }, `.start: ${aStart}`],
  ["a start on no day", { start: "2026-02-30T10:00:00Z" }, `.start: ${aStart}`],
  [
    "an unknown format",
    { format: "xml" },
    `.format: expected one of ${formatNames.map((name) => `"${name}"`).join("|")}`,
  ],
  [
    "an unknown severity",
    { minSeverity: "urgent" },
    '.minSeverity: expected one of "info"|"low"|"medium"|"high"|"critical"',
  ],
  [
    "a pattern that is no list, and an empty one",
    { only: "workspace_membership.*", except: [""] },
    '.only: expected a list, e.g. only = ["workspace_membership.*"]',
    ".except[0]: expected a type, e.g. workspace_membership.*",
  ],
  [
    "an unknown workspace",
    { workspaces: ["acme", "other"] },
    ".workspaces: other is none of WORKSPACES; expected one of acme",
  ],
];

describe("a destination of a type of its own", () => {
  const of = (destination: Record<string, unknown>, env = {}) =>
    problemsOf({ ...valid, DESTINATIONS: [{ name: "siem", ...destination }], ...env });

  test("is told what does not go together in its options", () => {
    const both = { apiKey: "k-0123456789", user: "elastic", password: "secret-word" };
    expect(of({ type: "elastic", url: "https://es.example.com", ...both })).toEqual([
      "DESTINATIONS[0]: expected either apiKey, or user and password",
    ]);
  });

  test("is told which option does not go with another", () => {
    const panther = {
      type: "panther",
      url: "https://logs.acme.runpanther.net/http/0a1b",
      secret: "a-bearer-token",
    };
    expect(of({ ...panther, header: "x-secret" })).toEqual([
      'DESTINATIONS[0].header: expected the header\'s name with auth = "shared-secret" or "hmac", and only there',
    ]);
  });

  test("needs the binding that it names, and is told how to make it", () => {
    const archive = { type: "r2", bucket: "ARCHIVE" };
    expect(of(archive)).toEqual([
      'DESTINATIONS[0].bucket: the Worker has no binding ARCHIVE to an R2 bucket. Make a bucket with: npx wrangler r2 bucket create <name>, and add to wrangler.toml: [[r2_buckets]] with binding = "ARCHIVE" and bucket_name = "<name>"',
    ]);
    expect(of(archive, { ARCHIVE: bucketBinding })).toEqual([]);
    // KV has a `put` as well.
    for (const other of ["a text", {}, null, { put: () => undefined }])
      expect(of(archive, { ARCHIVE: other })).toHaveLength(1);
  });

  test("that is a chat takes no format: it makes its messages of the event", () => {
    const team = { type: "slack", url: hook, format: "ocsf" };
    expect(of(team)).toEqual([
      "DESTINATIONS[0]: unknown option format; expected only name, type, only, except, minSeverity, where, privacy, workspaces, system, rules, findings, start, maxPerMinute, digest, url",
    ]);
  });

  test("gets the format that fits it, unless another is configured", () => {
    const bucket = { name: "archive", type: "r2", bucket: "ARCHIVE" };
    const formatOf = (change: Record<string, unknown>) => {
      const parsed = parseConfig({
        ...valid,
        ARCHIVE: bucketBinding,
        DESTINATIONS: [{ ...bucket, ...change }],
      });
      return parsed.ok ? parsed.config.destinations[0]?.format.name : parsed.problems;
    };
    expect([formatOf({}), formatOf({ format: "ecs" })]).toEqual(["ocsf", "ecs"]);
  });
});

describe("a mistake", () => {
  test.each(mistakes.map(toCase))("is told with place and remedy: $what", (mistake) => {
    const { change, problems } = mistake;
    expect(problemsOf({ ...valid, ...change }).toSorted()).toEqual(problems.toSorted());
  });

  test.each(optionMistakes.map(toCase))("of an option is told likewise: $what", (mistake) => {
    const { change, problems } = mistake;
    const expected = problems.map((problem) => `DESTINATIONS[0]${problem}`);
    expect(problemsOf(withSiem(change)).toSorted()).toEqual(expected.toSorted());
  });

  test("in a list of secrets is told with the secret's place in it", () => {
    expect(problemsOf(withSiem({ secret: ["$SIEM_SECRET", "$NEXT_SECRET"] }))).toEqual([
      notSet("DESTINATIONS[0].secret[1]", "NEXT_SECRET"),
    ]);
  });

  test("does not hide another one: all are told at once", () => {
    const problems = problemsOf({
      ...valid,
      POLL_SECONDS: "often",
      WORKSPACES: [workspace, workspace, { id: "b", token: "$B_TOKEN" }],
      DESTINATIONS: [
        { ...siem, start: "soon", workspaces: ["nowhere"] },
        { ...siem, url: "http://in.acme-siem.com", colour: 1 },
        { name: "x", type: "fax" },
      ],
    });
    for (const start of [
      "POLL_SECONDS:",
      "WORKSPACES: the id acme stands there twice",
      "WORKSPACES[2].token reads the secret B_TOKEN",
      "DESTINATIONS: the name siem stands there twice",
      "DESTINATIONS[0].start:",
      "DESTINATIONS[0].workspaces: nowhere is none of WORKSPACES",
      "DESTINATIONS[1].url:",
      "DESTINATIONS[1]: unknown option colour",
      "DESTINATIONS[2].type:",
    ]) {
      expect(problems.filter((problem) => problem.startsWith(start))).toHaveLength(1);
    }
    expect(problems).toHaveLength(9);
  });
});

const local = "expected a public host name, got a local one: it can't be reached from Cloudflare";
const refusedUrls: Readonly<Record<string, readonly string[]>> = {
  "expected a URL that starts with https://": [
    "http://siem.example.com/in",
    "ftp://siem.example.com/in",
    "hunter2:x",
  ],
  "expected a URL, like https://siem.example.com/in": [
    "",
    "siem.example.com/in",
    "https://siem example.com",
    "https://siem..example.com",
    "https://siem.local../in",
    "https://10.0.0.1../in",
  ],
  "must not hold a user name or password: use the options made for it": [
    "https://user@siem.example.com/in",
    "https://:secret@siem.example.com/in",
  ],
  "expected a host name, got an IP address": [
    "https://10.0.0.1/in",
    "https://10.0.0.1./in",
    "https://127.1/in",
    "https://2130706433/in",
    "https://0177.0.0.1/in",
    "https://0x7f.0.0.1/in",
    "https://0x7f000001/in",
    "https://%31%30.0.0.1/in",
    "https://127。0。0。1/in",
    "https://１２７.0.0.1/in",
    "https://[::1]/in",
    "https://[::ffff:10.0.0.1]/in",
  ],
  [local]: [
    "https://localhost:8443/in",
    "https://localhost./in",
    "https://siem.localhost/in",
    "https://siem.local/in",
    "https://SIEM.LOCAL./in",
    "https://metadata.google.internal/in",
    "https://nas.lan/in",
    "https://home.arpa/in",
    "https://nas.home.arpa/in",
    "https://siem/in",
  ],
};

describe("a list of tokens", () => {
  test.each([[[]], [[""]], [["$WEBFLOW_TOKEN", ""]]])(
    "like %j is told what was expected, in our words",
    (token) => {
      const [problem] = problemsOf({ ...valid, WORKSPACES: [{ id: "acme", token }] });
      expect(problem).toMatch(/^WORKSPACES\[0\]\.token(\[\d\])?: expected a workspace token/);
    },
  );
});

describe("a destination's URL", () => {
  test.each(
    Object.entries(refusedUrls).flatMap(([problem, urls]) => urls.map((url) => [url, problem])),
  )("%s is refused: %s", (url, problem) => {
    expect(problemsOf(withSiem({ url }))).toEqual([`DESTINATIONS[0].url: ${problem}`]);
  });

  test.each([
    "https://siem.example.com/in",
    "https://siem.example.com:8443/in?key=a%20b#c",
    "https://siem.example.com./in",
    "https://bücher.example/in",
    "https://localhost.example.com/in",
    "https://internal.example.com/in",
    "https://10.0.0.1.example.com/in",
  ])("%s is taken", (url) => {
    expect(problemsOf(withSiem({ url }))).toEqual([]);
  });
});

describe("a sound configuration", () => {
  test("has a default for all but what only its owner can know", () => {
    const config = configOf(valid);
    expect(config).toMatchObject({
      workspaces: [
        { id: "acme", tokens: [{ value: "ws-0123456789abcdef", secret: "WEBFLOW_TOKEN" }] },
      ],
      pollMs: 10_000,
      overlapSeconds: 120,
      requestBudget: 45,
      memoryDays: 90,
      adminToken: "correct-horse-battery-staple",
    });
    const { format, destination, ...options } = config.destinations[0] ?? fail();
    expect([format.name, destination.type]).toEqual(["event", "webhook"]);
    expect(options).toMatchObject({
      name: "siem",
      only: [],
      except: [],
      minSeverity: "info",
      workspaces: [],
      start: { kind: "now" },
    });
  });

  test.each([
    ["now", { kind: "now" }],
    ["90m", { kind: "ago", ms: 5_400_000 }],
    ["12h", { kind: "ago", ms: 43_200_000 }],
    ["30d", { kind: "ago", ms: 2_592_000_000 }],
    ["2026-11-23T10:00:00Z", { kind: "at", ms: 1_795_428_000_000 }],
    ["2026-11-23", { kind: "at", ms: 1_795_392_000_000 }],
    ["1969-12-31T10:00:00Z", { kind: "at", ms: 0 }],
    ["99999999d", { kind: "at", ms: 0 }],
    ["2026-11-23T10:00:00.5+02:00", { kind: "at", ms: 1_795_420_800_500 }],
  ])("starts at %s", (start, expected) => {
    expect(configOf(withSiem({ start })).destinations[0]?.start).toEqual(expected);
  });

  test("hides nothing unless it is told to, and needs a key for pseudonyms only", () => {
    const hides = (privacy: unknown, more = {}) =>
      configOf({ ...withSiem({ privacy }), ...more }).destinations[0]?.privacy !== undefined;
    expect(hides(undefined)).toBe(false);
    expect(hides({})).toBe(false);
    expect(hides({ mask: [], pseudonymize: [] })).toBe(false);
    expect(hides({ mask: ["source.ip"] })).toBe(true);
    const key = { PRIVACY_KEY: "0123456789abcdef0123456789abcdef" };
    expect(hides({ pseudonymize: ["targets[].email", "raw.payload.name"] }, key)).toBe(true);
    expect(configOf({ ...valid, ...key }).secrets).toContain(key.PRIVACY_KEY);
    expect(configOf({ ...valid, ...key }).warnings).toEqual([]);
  });

  test("takes numbers as text too, as `wrangler dev --var` gives them", () => {
    expect(configOf({ ...valid, POLL_SECONDS: "30" }).pollMs).toBe(30_000);
    expect(configOf({ ...valid, REQUEST_BUDGET: "30" }).requestBudget).toBe(30);
  });

  test("has no admin token when the secret is empty", () => {
    expect(configOf({ ...valid, ADMIN_TOKEN: "" }).adminToken).toBeNull();
  });

  test("reads $NAME wherever it stands, and a token that stands there itself", () => {
    const config = configOf({
      ...valid,
      NEXT_SECRET: otherSecret,
      MY_START: "12h",
      WORKSPACES: [{ id: "acme", token: "plain-token" }],
      DESTINATIONS: [{ ...siem, secret: ["$SIEM_SECRET", "$NEXT_SECRET"], start: "$MY_START" }],
    });
    expect(config.workspaces[0]).toEqual({
      id: "acme",
      tokens: [{ value: "plain-token", secret: null }],
    });
    expect(config.destinations[0]?.start).toEqual({ kind: "ago", ms: 43_200_000 });
    expect(config.secrets).toEqual(
      expect.arrayContaining([secret, otherSecret, "plain-token", siem.url, valid.ADMIN_TOKEN]),
    );
  });

  test("takes a list of tokens while one is replaced, each with the name of its secret", () => {
    const config = configOf({
      ...valid,
      NEXT_TOKEN: " ws-next-0123456789\n",
      WORKSPACES: [{ id: "acme", token: ["$WEBFLOW_TOKEN", "$NEXT_TOKEN", "plain-token"] }],
    });
    expect(config.workspaces[0]?.tokens).toEqual([
      { value: "ws-0123456789abcdef", secret: "WEBFLOW_TOKEN" },
      { value: "ws-next-0123456789", secret: "NEXT_TOKEN" },
      { value: "plain-token", secret: null },
    ]);
    expect(config.secrets).toEqual(
      expect.arrayContaining(["ws-0123456789abcdef", "ws-next-0123456789", "plain-token"]),
    );
    expect(config.warnings).toEqual([
      expect.stringMatching(/^WORKSPACES\[0\]\.token is a token for all to read/),
    ]);
  });

  test("tells only chats of Tidemark itself, unless it is told otherwise", () => {
    const system = (change: Record<string, unknown>) =>
      configOf({
        ...valid,
        DESTINATIONS: [
          { ...siem, ...change },
          { ...team, ...change },
        ],
      }).destinations.map((one) => one.system);
    expect(system({})).toEqual([false, true]);
    expect(system({ system: true })).toEqual([true, true]);
    expect(system({ system: false })).toEqual([false, false]);
  });

  test("leaves a text that merely holds a dollar as it is", () => {
    expect(
      configOf({ ...valid, WORKSPACES: [{ id: "acme", token: "a$WEBFLOW_TOKEN" }] }),
    ).toMatchObject({ workspaces: [{ tokens: [{ value: "a$WEBFLOW_TOKEN" }] }] });
  });
});

test("a list of Slack operators that is none, or names somebody otherwise, says how it is written", () => {
  const expected = 'expected a list of Slack member ids, e.g. SLACK_OPERATORS = ["U012AB3CD"]';
  for (const SLACK_OPERATORS of ["U012AB3CD", 5, {}])
    expect(problemsOf({ ...valid, SLACK_OPERATORS })).toEqual([
      expect.stringContaining(`SLACK_OPERATORS: ${expected}`),
    ]);
  for (const id of ["@ann", "ann@acme.com", "", "u012ab3cd", "C012AB3CD", 5, "U012AB3CD "])
    expect(problemsOf({ ...valid, SLACK_OPERATORS: ["W012AB3CD", id] })).toEqual([
      expect.stringContaining(`SLACK_OPERATORS[1]: ${expected}`),
    ]);
});

describe("a slip is warned of", () => {
  const warningsOf = (change: Record<string, unknown>) =>
    configOf({ ...valid, ...change }).warnings;

  test("and Cloudflare Access in front is none", () => {
    expect(warningsOf({ ACCESS_AUD: aud })).toEqual([]);
    expect(warningsOf({ ACCESS_TEAM: "acme", ACCESS_AUD: [aud, aud] })).toEqual([]);
  });

  test("and a sound configuration has none", () => {
    expect(warningsOf({ POLL_SECONDS: 10, RELAY: {}, MARKS: {} })).toEqual([]);
    expect(warningsOf({ PLAN: "paid", POLL_SECONDS: 1, REQUEST_BUDGET: 9000 })).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["a variable that nothing reads", { POLL_SECOND: 5 }, "POLL_SECOND is set, and nothing reads"],
    ["a secret that nothing reads", { OLD_SECRET: "x" }, '"$OLD_SECRET" as a value'],
    [
      "a token in plain sight",
      { WORKSPACES: [{ id: "acme", token: "plain-token" }], WEBFLOW_TOKEN: undefined },
      'WORKSPACES[0].token is a token for all to read. Write "$WEBFLOW_TOKEN" there',
    ],
    [
      "the example's workspace",
      { WORKSPACES: [{ ...workspace, id: "my-workspace" }] },
      'WORKSPACES[0].id is "my-workspace"',
    ],
    [
      "one Slack webhook for two workspaces",
      { PLAN: "paid", WORKSPACES: [workspace, { ...workspace, id: "b" }] },
      "DESTINATIONS: 2 workspaces send to one slack receiver (team), which takes one request in 1 s",
    ],
    [
      "more polling than the free plan takes",
      { POLL_SECONDS: 1 },
      "POLL_SECONDS = 1 writes some 93600 rows a day (workspaces: 1), and Cloudflare's free plan allows 100000. Set POLL_SECONDS = 2 or more",
    ],
    [
      "two workspaces that are polled as often as one on the free plan",
      {
        WORKSPACES: [workspace, { ...workspace, id: "b" }],
        DESTINATIONS: [siem],
        SLACK_WEBHOOK_URL: undefined,
      },
      "POLL_SECONDS = 10 keeps the objects of 2 workspaces awake for some 21600 GB-s a day, and Cloudflare's free plan allows 13000: they will be polled less often. Set POLL_SECONDS = 19, or take",
    ],
    [
      "more requests than an invocation may make",
      { REQUEST_BUDGET: 900 },
      "REQUEST_BUDGET = 900, and an invocation may make 50 requests on Cloudflare's free plan",
    ],
    [
      "a pattern of no known type",
      { DESTINATIONS: [{ ...siem, only: ["workspace.*"] }, team] },
      'DESTINATIONS[0].only: "workspace.*" matches none',
    ],
    [
      "a Slack command without its secret",
      { SLACK_OPERATORS: ["U012AB3CD"] },
      "SLACK_OPERATORS is set, and SLACK_SIGNING_SECRET is not",
    ],
    [
      "a Slack command that nobody may use",
      { SLACK_SIGNING_SECRET: "8f742231b10e8888" },
      "SLACK_SIGNING_SECRET is set, and SLACK_OPERATORS is empty",
    ],
    ["a short admin token", { ADMIN_TOKEN: "hunter2" }, "ADMIN_TOKEN is shorter than 16"],
    [
      "a filter on a type that is not known",
      { DESTINATIONS: [{ ...siem, where: { not: { type: ["user_acess.*", "*"] } } }, team] },
      'DESTINATIONS[0].where: "user_acess.*" matches none',
    ],
    [
      "a filter on findings that stand on no event",
      {
        DESTINATIONS: [{ ...siem, where: { "findings[].rule": ["login.*", "privilege.*"] } }, team],
      },
      'DESTINATIONS[0].where: "login.*" matches none of the rules whose findings stand on events: privilege.admin_granted',
    ],
    [
      "findings on the item as it was received",
      { DESTINATIONS: [{ ...siem, format: "raw", findings: true }, team] },
      'DESTINATIONS[0].findings is true, and format = "raw" is the item',
    ],
    [
      "a severity for types that are not known",
      { SEVERITY: { "workspace_invitations.*": "high" } },
      'SEVERITY: "workspace_invitations.*" matches none of the 19 types known today, like user_access.login',
    ],
  ])("%s", (_what, change, warning) => {
    expect(warningsOf(change)).toEqual([expect.stringContaining(warning)]);
  });

  test("but not of a Slack command that is whole", () => {
    const whole = { SLACK_SIGNING_SECRET: " 8f742231b10e8888\n", SLACK_OPERATORS: ["U012AB3CD"] };
    expect(warningsOf(whole)).toEqual([]);
    expect(configOf({ ...valid, ...whole })).toMatchObject({
      slackSigningSecret: "8f742231b10e8888",
      slackOperators: ["U012AB3CD"],
      secrets: expect.arrayContaining(["8f742231b10e8888"]),
    });
    expect(configOf(valid)).toMatchObject({ slackSigningSecret: null, slackOperators: [] });
  });

  test("but two destinations of one workspace may share a Slack webhook", () => {
    expect(warningsOf({ DESTINATIONS: [siem, team, { ...team, name: "too" }] })).toEqual([]);
  });

  test("without quoting a secret", () => {
    const warnings = warningsOf({ WORKSPACES: [{ id: "acme", token: "plain-token" }] });
    expect(warnings.join()).not.toContain("plain-token");
  });
});

describe("the parts of a secret URL", () => {
  test("are those that look like keys; ordinary words are left", () => {
    const url = "https://in.example.com/services/hooks/abc12345?team=alpha&key=k3yk3yk3y";
    expect(partsOf(url)).toEqual([
      url,
      "/services/hooks/abc12345?team=alpha&key=k3yk3yk3y",
      "/services/hooks/abc12345",
      "?team=alpha&key=k3yk3yk3y",
      "abc12345",
      "k3yk3yk3y",
    ]);
    expect(partsOf("https://in.example.com/abcdefghijklmnop")).toContain("abcdefghijklmnop");
    expect(partsOf("no URL")).toEqual([]);
  });

  test("are told as they stand in the URL, and as they are meant", () => {
    const parts = partsOf("https://in.example.com/?token=k3yk3yk3y%3D");
    expect(parts).toEqual(expect.arrayContaining(["k3yk3yk3y%3D", "k3yk3yk3y="]));
  });
});

describe("whatever the environment holds", () => {
  const names = ["WORKSPACES", "DESTINATIONS", "POLL_SECONDS", "MEMORY_DAYS", "ADMIN_TOKEN", "X"];
  const reference = fc.constantFrom("$X", "$ADMIN_TOKEN", "$NOWHERE", "$x", "$constructor");
  const anything = fc.oneof(fc.jsonValue(), reference, fc.array(reference), fc.constant(undefined));
  const nearlyValid = fc.record(
    { ...recordOf(Object.keys(siem)), start: anything, workspaces: anything, only: anything },
    { requiredKeys: [] },
  );

  test("it is a configuration or has at least one problem, and nothing is thrown", () => {
    const environment = fc.oneof(
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anything),
      fc.array(nearlyValid).map((changes) => ({
        ...valid,
        DESTINATIONS: changes.map((change) => ({ ...siem, ...change })),
      })),
    );
    fc.assert(
      fc.property(environment, (env) => {
        const parsed = parseConfig(env);
        if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  test("no problem quotes a secret, wherever it was put by mistake", () => {
    const key = "k3y-0f-all-keys";
    const slips = [
      key,
      `https://${key}`,
      `https://${key}.local`,
      `${key.replace("-", "")}:x`,
      `${hook}/${key}`,
    ];
    const options = [...Object.keys(siem), "start", "format", "minSeverity", "workspaces", "only"];
    for (const value of slips) {
      for (const option of options) {
        for (const given of ["$SLIP", ["$SLIP"], { $SLIP: "$SLIP" }]) {
          const problems = problemsOf({ ...withSiem({ [option]: given }), SLIP: value }).join("\n");
          expect(problems, `${option} = ${value}`).not.toMatch(/k3y-?0f-all-keys/);
        }
      }
      const twice = [
        { id: "$SLIP", token: "t" },
        { id: "$SLIP", token: "$SLIP" },
      ];
      expect(problemsOf({ ...valid, WORKSPACES: twice, SLIP: value }).join()).not.toContain(key);
      expect(problemsOf({ ...valid, POLL_SECONDS: value }).join()).not.toContain(key);
    }
  });

  function recordOf(keys: readonly string[]) {
    return Object.fromEntries(keys.map((key) => [key, anything]));
  }
});

function fail(): never {
  throw new Error("nothing is there");
}
