import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Deployed, adminToken as deployedToken, workspace } from "../e2e/deployed.ts";
import { adminToken, hook, SetUp, secrets, token } from "../support/set-up.ts";

let place: SetUp;
beforeEach(async () => {
  place = new SetUp();
  await place.open();
});
afterEach(() => place.close());

function write(vars: Record<string, string> = secrets, id = place.workspace.id): void {
  const lines = Object.entries(vars).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(place.folder, ".dev.vars"), lines.join(""), { mode: 0o600 });
  const toml = place.read("wrangler.toml").replace("my-workspace", id);
  writeFileSync(join(place.folder, "wrangler.toml"), toml);
}

async function doctor(...args: string[]) {
  const result = await place.run("doctor.ts", args);
  for (const secret of [token, adminToken, hook, "sandboxsandboxsandbox000", deployedToken])
    expect(result.out + result.err).not.toContain(secret);
  return result;
}

describe("npm run doctor, of the files at hand", () => {
  it("shows a table in which all is well", async () => {
    write();
    const { code, out, err } = await doctor();
    expect([code, err]).toEqual([0, ""]);
    const rows = out.split("\n").filter((line) => /^ {2}[✓!✗]/.test(line));
    expect(new Set(rows.map((row) => row.slice(4).search(/ {2,}(?=\S)/) >= 0))).toEqual(
      new Set([true]),
    );
    for (const check of ["Node", "wrangler.toml", ".dev.vars", "ADMIN_TOKEN", "configuration"])
      expect(out).toMatch(new RegExp(`✓ ${check} `));
    expect(out).toMatch(/✓ workspace 6621ccb459b561c69f29d57c +can be read: 3 events/);
    expect(out).toMatch(/All \d+ checks are well\.\n$/);
    expect(place.slack.messages).toEqual([]);
  });

  it("sends a test to each destination with --send-tests", async () => {
    write();
    expect((await doctor("--send-tests")).out).toMatch(/team accepted the test event/);
    expect(place.slack.messages).toHaveLength(1);
    place.slack.revoke("channel_is_archived");
    const { code, out } = await doctor("--send-tests");
    expect(code).toBe(1);
    expect(out).toMatch(/✗ destination team .*HTTP 410[\s\S]*What to do:[\s\S]*Unarchive/);
  });

  it("says of a fresh clone what is to be done", async () => {
    const { code, out } = await doctor();
    expect(code).toBe(1);
    expect(out).toMatch(/✗ \.dev\.vars +is not there[\s\S]*What to do:\n.*npm run setup/);
    expect(place.asked).toEqual([]);
  });

  it("finds everything that is wrong at once, each with its remedy", async () => {
    place.tokens.revoke(token);
    write({ ...secrets, SLACK_WEBHOOK_URL: "https://example.com", ADMIN_TOKEN: "" });
    chmodSync(join(place.folder, ".dev.vars"), 0o644);
    const { code, out } = await doctor();
    expect(code).toBe(1);
    expect(out).toMatch(/! \.dev\.vars +others on this machine can read it/);
    expect(out).toMatch(/✗ ADMIN_TOKEN +stands empty in \.dev\.vars/);
    expect(out).toMatch(/✗ configuration +DESTINATIONS\[0\]\.url: expected a Slack incoming/);
    expect(out).toMatch(/✗ workspace .*HTTP 401/);
    expect(out).toMatch(/What to do:[\s\S]*chmod 600[\s\S]*revoked, mistyped/);
    expect(out).toMatch(/3 of \d+ checks failed, 1 warning\.\n$/);
  });

  it("warns of the example's workspace, and of a secret that wrangler would not load", async () => {
    write(secrets, "my-workspace");
    const toml = place.read("wrangler.toml").replace(', "SLACK_WEBHOOK_URL"]', "]");
    writeFileSync(join(place.folder, "wrangler.toml"), toml);
    const { out } = await doctor();
    expect(out).toMatch(/✗ workspace my-workspace +is the example's/);
    expect(out).toMatch(/✗ SLACK_WEBHOOK_URL +is set, but does not stand in \[secrets\]/);
  });

  it("warns of an optional secret that wrangler would not load; setup mends it", async () => {
    write({ ...secrets, HEARTBEAT_URL: "https://beats.example.com/a-key-of-its-own" });
    expect((await doctor()).out).toMatch(/✗ HEARTBEAT_URL +is set, but does not stand in/);
    await place.run("setup.ts", ["--yes"]);
    expect((await doctor()).code).toBe(0);
  });

  it("says where wrangler.toml is broken", async () => {
    writeFileSync(join(place.folder, "wrangler.toml"), "a = \n");
    const { code, out } = await doctor();
    expect(code).toBe(1);
    expect(out).toMatch(/✗ wrangler\.toml: wrangler\.toml, line 1, column/);
  });

  it("answers with JSON, too", async () => {
    write();
    const { out } = await doctor("--json");
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      findings: expect.arrayContaining([
        { check: "configuration", level: "ok", found: "is right: destinations team" },
      ]),
    });
  });

  it("says what it does not understand", async () => {
    expect((await doctor("--fix")).err).toMatch(/Unknown option '--fix'/);
    expect((await doctor("--sync")).err).toMatch(/say which one with --url/);
  });
});

describe("npm run doctor, of a running Tidemark", () => {
  const deployed = new Deployed();
  const at = () => ["--url", deployed.worker.url];
  const asAdmin = () => write({ ADMIN_TOKEN: deployedToken });

  beforeAll(async () => {
    await deployed.start();
  });
  afterAll(() => deployed.stop());

  it("says how a healthy one stands, after a sync if asked for", async () => {
    asAdmin();
    deployed.generate(5, Date.now() - 5000, Date.now() - 2000);
    const { code, out } = await doctor(...at(), "--sync");
    expect(out).toMatch(/✓ http:\/\/\S+ +is Tidemark 0\.1\.0/);
    expect(out).toMatch(/✓ sync +(read \d+ events|the log holds nothing new)/);
    expect(out).toMatch(new RegExp(`✓ workspace ${workspace.id} +(active|quiet), read`));
    expect(out).toMatch(/✓ health +ok/);
    expect(out).toMatch(/✓ receipts of the last day +/);
    expect(code).toBe(0);
  });

  it("follows what lags until it is at the head of the log", async () => {
    asAdmin();
    const { code, out } = await doctor(...at(), "--follow");
    expect([code, out]).toEqual([0, expect.stringMatching(/all 2 are at the head of the log/)]);
  });

  it("says of a sick one what is wrong, in the Worker's own words", async () => {
    asAdmin();
    deployed.tokens.revoke("ws-token-of-the-tests");
    deployed.slack.revoke("no_service");
    const { code, out } = await doctor(...at(), "--sync", "--send-tests");
    deployed.tokens.restore("ws-token-of-the-tests");
    deployed.slack.restore();
    expect(code).toBe(1);
    expect(out).toMatch(/✗ sync +the audit log could not be read/);
    expect(out).toMatch(/✗ workspace .*refused[\s\S]*What to do:[\s\S]*does not accept the token/);
    expect(out).toMatch(/✗ test of team: .*no_service/);
  });

  it("says that the ADMIN_TOKEN is another, that nobody answers, or somebody else", async () => {
    write();
    const refused = await doctor(...at());
    expect([refused.code, refused.out]).toEqual([
      1,
      expect.stringMatching(/✗ ADMIN_TOKEN +is not the Worker's own[\s\S]*wrangler secret put/),
    ]);
    expect((await doctor("--url", "http://127.0.0.1:9")).out).toMatch(/cannot be reached/);
    place.answer = () => Response.json({ info: { title: "Another" } });
    expect((await doctor("--url", "https://other.example.com")).out).toMatch(/is not Tidemark/);
  });

  it("with npm run resync sends a period again, with a plan first", async () => {
    asAdmin();
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const before = deployed.siem.deliveries.length;
    const args = [...at(), "--from", from, "--redeliver", "--destinations", "siem"];
    const to = ["--to", new Date(Date.now() - 1000).toISOString()];
    const asked = await place.run("resync.ts", [...args, ...to]);
    expect(asked.out).toMatch(/would be sent +delivered before[\s\S]* siem +\d+ /);
    expect(asked.err).toMatch(/Nothing was sent: nobody can be asked here/);
    expect(deployed.siem.deliveries.length).toBe(before);
    const { code, out, err } = await place.run("resync.ts", [...args, ...to, "--yes"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/Done: all 5 deliveries/);
    expect(deployed.siem.deliveries.length).toBe(before + 5);
  });

  it("with npm run resync says what is wrong", async () => {
    asAdmin();
    const run = (...args: string[]) => place.run("resync.ts", args);
    expect((await run(...at())).err).toMatch(/--from is missing/);
    expect((await run(...at(), "--from", "yesterday")).err).toMatch(/422: .*expected a time like/);
    const from = ["--from", "2026-11-01T00:00:00Z", "--destinations", "nowhere"];
    expect((await run(...at(), ...from)).err).toMatch(/no destination nowhere\. Expected one of/);
  });
});
