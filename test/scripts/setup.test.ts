import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ended } from "../support/script.ts";
import { adminToken, hook, SetUp, secrets, token } from "../support/set-up.ts";

let place: SetUp;
const ended: Ended[] = [];

beforeEach(async () => {
  place = new SetUp();
  await place.open();
});
afterEach(() => {
  place.close();
  // Whatever was tried: what was said shows no secret.
  for (const { out, err } of ended.splice(0))
    for (const secret of [token, adminToken, hook, "sandboxsandboxsandbox000"])
      expect(out + err).not.toContain(secret);
});

async function setUp(
  args: readonly string[] = ["--workspace", "heart-of-gold"],
  options: { env?: Record<string, string>; input?: string } = { env: secrets },
): Promise<Ended> {
  const result = await place.run("setup.ts", args, options);
  ended.push(result);
  return result;
}
const json = (status: number, body: unknown) => Response.json(body, { status });
const untouched = () => !existsSync(join(place.folder, ".dev.vars"));

describe("npm run setup where nobody can be asked", () => {
  it("checks the token, writes both files, and says what comes next", async () => {
    const { code, out, err } = await setUp();
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/✓ WEBFLOW_TOKEN: +a workspace token with workspace_activity:read/);
    expect(out).toMatch(
      /✓ workspace heart-of-gold: +can be read: 3 events, the newest of 2026-06-01T12:02:00.000Z, \d+ of 60 requests left/,
    );
    expect(out).toMatch(/npm run deploy -- --secrets-file \.dev\.vars/);
    expect(place.read("wrangler.toml")).toContain(`id = "${place.workspace.id}"  # your workspace`);
    expect(place.read(".dev.vars")).toContain(`WEBFLOW_TOKEN="${token}"`);
    expect(statSync(join(place.folder, ".dev.vars")).mode & 0o777).toBe(0o600);
    expect(place.slack.messages).toEqual([]);
  });

  it("changes nothing in wrangler.toml but the id", async () => {
    const before = place.read("wrangler.toml").split("\n");
    await setUp();
    const after = place.read("wrangler.toml").split("\n");
    expect(after.filter((line, i) => line !== before[i])).toEqual([
      expect.stringMatching(/^id = "6621ccb459b561c69f29d57c" {2}# your workspace's id or slug/),
    ]);
    expect(after).toHaveLength(before.length);
  });

  it("run again changes nothing, and touches no file", async () => {
    await setUp();
    const files = ["wrangler.toml", ".dev.vars"].map((file) => join(place.folder, file));
    const before = files.map((file) => [readFileSync(file, "utf8"), statSync(file).mtimeMs]);
    const { code, out } = await setUp([], { env: {} });
    expect(code).toBe(0);
    expect(out).toMatch(/wrangler\.toml: +needs no change\n.*\.dev\.vars: +needs no change/);
    expect(files.map((file) => [readFileSync(file, "utf8"), statSync(file).mtimeMs])).toEqual(
      before,
    );
  });

  it("makes an ADMIN_TOKEN where there is none, and keeps the one that there is", async () => {
    const { ADMIN_TOKEN: _, ...others } = secrets;
    await setUp(undefined, { env: others });
    const [, made] = /^ADMIN_TOKEN="([0-9a-f]{64})"$/m.exec(place.read(".dev.vars")) ?? [];
    expect(made).toBeDefined();
    await setUp(undefined, { env: others });
    expect(place.read(".dev.vars")).toContain(`ADMIN_TOKEN="${made}"`);
  });

  it("finds the workspace by the token, where it is not named", async () => {
    const { code } = await setUp([]);
    expect(code).toBe(0);
    expect(place.read("wrangler.toml")).toContain(`id = "${place.workspace.id}"`);
  });

  it("keeps a slug under which Tidemark may have run before", async () => {
    const toml = place.read("wrangler.toml").replace("my-workspace", "heart-of-gold");
    writeFileSync(join(place.folder, "wrangler.toml"), toml);
    expect((await setUp([])).code).toBe(0);
    expect(place.read("wrangler.toml")).toBe(toml);
  });

  it("warns when another workspace takes the place of one", async () => {
    const toml = place.read("wrangler.toml").replace("my-workspace", "restaurant");
    writeFileSync(join(place.folder, "wrangler.toml"), toml);
    const { code, out } = await setUp();
    expect(code).toBe(0);
    expect(out).toMatch(/! wrangler\.toml: .* instead of restaurant\n.*starts anew/);
  });

  it("says all at once what is missing, how it is given, and writes nothing", async () => {
    const { code, err } = await setUp([], { env: {} });
    expect(code).toBe(1);
    expect(err).toMatch(/- WEBFLOW_TOKEN: the workspace token.*API access.*environment/);
    expect(err).toMatch(/- SLACK_WEBHOOK_URL: .*api\.slack\.com\/apps/);
    expect(err).toMatch(/- --workspace <id>/);
    expect([untouched(), place.asked]).toEqual([true, []]);
  });

  it("takes no secret as an option, and does not repeat it", async () => {
    const { code, err } = await setUp([`--token=${token}`]);
    expect([code, untouched()]).toEqual([1, true]);
    expect(err).toMatch(/Unknown option '--token'/);
  });

  it("sends one marked message with --test-slack", async () => {
    const { out } = await setUp(["--workspace", "heart-of-gold", "--test-slack"]);
    expect(out).toMatch(/✓ destination team: +team accepted the test event/);
    expect(place.slack.messages.map(({ payload }) => payload.text)).toEqual([
      expect.stringMatching(/This is a test from Tidemark/),
    ]);
  });

  it("keeps lines of .dev.vars that it does not know, and closes the file to others", async () => {
    const file = join(place.folder, ".dev.vars");
    writeFileSync(file, `# mine\nOTHER="x y"\nWEBFLOW_TOKEN=\n`);
    chmodSync(file, 0o644);
    await setUp();
    expect(place.read(".dev.vars")).toMatch(/^# mine\nOTHER="x y"\nWEBFLOW_TOKEN="ws-.*"\n/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("adds a secret that a destination reads to [secrets], and asks for its value", async () => {
    const siem = `[[vars.DESTINATIONS]]\nname = "siem"\ntype = "webhook"\nurl = "https://siem.example.com/in"\nsecret = "$SIEM_SIGNING_SECRET"\n`;
    writeFileSync(join(place.folder, "wrangler.toml"), `${place.read("wrangler.toml")}\n${siem}`);
    const { err } = await setUp();
    expect(err).toMatch(/- SIEM_SIGNING_SECRET: for DESTINATIONS\[1\]\.secret, .*whsec_/);
    const signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const { code, out } = await setUp(undefined, {
      env: { ...secrets, SIEM_SIGNING_SECRET: signing },
    });
    expect(code).toBe(0);
    expect(out).not.toContain(signing);
    expect(place.read("wrangler.toml")).toContain(
      'required = ["ADMIN_TOKEN", "WEBFLOW_TOKEN", "SLACK_WEBHOOK_URL", "SIEM_SIGNING_SECRET"]',
    );
  });

  it("says what to write where wrangler.toml is laid out in another way", async () => {
    const toml = place
      .read("wrangler.toml")
      .replace(/\[\[vars\.WORKSPACES\]\]\n.*\n.*\n/, "")
      .replace("[vars]\n", '[vars]\nWORKSPACES = [{ id = "old", token = "$WEBFLOW_TOKEN" }]\n');
    writeFileSync(join(place.folder, "wrangler.toml"), toml);
    const { code, out } = await setUp();
    expect(code).toBe(1);
    expect(out).toMatch(/write this yourself: id = "6621ccb459b561c69f29d57c"/);
    expect(place.read("wrangler.toml")).toBe(toml);
  });

  it("says where wrangler.toml is broken", async () => {
    writeFileSync(join(place.folder, "wrangler.toml"), 'name = "tidemark"\nmain = \n');
    expect((await setUp()).err).toMatch(/^wrangler\.toml, line 2, column \d+: /);
  });
});

describe("npm run setup says what is wrong with", () => {
  const fails = async (said: RegExp) => {
    const { code, out } = await setUp();
    expect(out).toMatch(said);
    expect([code, untouched()]).toEqual([1, true]);
    expect(out).toMatch(/Nothing was written\. .*--skip-checks/);
  };

  it("a token that was revoked", async () => {
    place.tokens.revoke(token);
    await fails(
      /✗ workspace heart-of-gold: .*HTTP 401 not_authorized\n.*revoked, mistyped, or unused/,
    );
  });

  it("a token without the scope", async () => {
    place.tokens.issue(token, { scopes: ["sites:read"] });
    await fails(
      /lacks the scope workspace_activity:read.*Its scopes are, says Webflow: sites:read/,
    );
  });

  it("a workspace that is not Enterprise", async () => {
    place.workspace.enterprise = false;
    await fails(/is not on an Enterprise plan/);
  });

  it("a token of another workspace, which it names", async () => {
    place.workspace.slug = "another";
    await fails(
      /knows no workspace heart-of-gold.*belongs to the workspace 6621ccb459b561c69f29d57c/,
    );
  });

  it("a site token", async () => {
    place.answer = ({ pathname }) =>
      pathname.endsWith("/introspect")
        ? json(200, {
            authorization: {
              scope: "sites:read sites:write",
              authorizedTo: { siteIds: ["a"], workspaceIds: [], userIds: [] },
            },
          })
        : json(403, { code: "forbidden", message: "User is not authorized" });
    await fails(
      /! WEBFLOW_TOKEN: +Webflow calls it a site token[\s\S]*This is a site token, says Webflow/,
    );
  });

  it("an answer that is a page", async () => {
    place.answer = () => new Response("<html>Welcome to the hotel's network</html>");
    await fails(/without a JSON object: <html>Welcome.*Check that this machine reaches/);
  });

  it("a machine without a network", async () => {
    const { code, out } = await place.run("setup.ts", ["--workspace", "heart-of-gold"], {
      env: { ...secrets, LOOPBACK: "http://127.0.0.1:9" },
    });
    expect(code).toBe(1);
    expect(out).toMatch(
      /no usable answer\n.*Check that this machine reaches https:\/\/api\.webflow/,
    );
    expect(out).not.toMatch(/no mark has moved/);
  });

  it("a token that no header can carry, before it asks anybody", async () => {
    const { code, err } = await setUp(undefined, {
      env: { ...secrets, WEBFLOW_TOKEN: `Bearer ${token}` },
    });
    expect([code, place.asked]).toEqual([1, []]);
    expect(err).toMatch(/WEBFLOW_TOKEN: It begins with "Bearer"/);
  });

  it("a URL that is not Slack's, before it asks anybody", async () => {
    const { err } = await setUp(undefined, {
      env: { ...secrets, SLACK_WEBHOOK_URL: "https://example.com/hook" },
    });
    expect(err).toMatch(/SLACK_WEBHOOK_URL: expected a Slack incoming webhook URL/);
    expect(place.asked).toEqual([]);
  });

  it.each([
    ["no_service", /URL is not copied whole/],
    ["invalid_token", /last part of the URL/],
    ["channel_is_archived", /Unarchive it in Slack/],
    ["channel_not_found", /channel was deleted/],
    ["action_prohibited", /restricted posting/],
  ] as const)("a webhook that Slack answers with %s", async (word, remedy) => {
    place.slack.revoke(word);
    const { code, out } = await setUp(["--workspace", "heart-of-gold", "--test-slack"]);
    expect([code, untouched()]).toEqual([1, true]);
    expect(out).toMatch(new RegExp(`✗ destination team: .*HTTP 4\\d\\d: ${word}\n`));
    expect(out).toMatch(remedy);
  });

  it("nothing at all with --skip-checks: it asks nobody and writes", async () => {
    place.tokens.revoke(token);
    const { code } = await setUp(["--workspace", "heart-of-gold", "--skip-checks"]);
    expect([code, place.asked, untouched()]).toEqual([0, [], false]);
  });
});

describe("npm run setup in a conversation", () => {
  const answers = (...lines: string[]) => ({ env: {}, input: `${lines.join("\n")}\n` });

  it("asks for what it needs, shows no secret, and writes", async () => {
    const { code, out } = await setUp(["--ask"], answers(token, "heart-of-gold", "", hook, "y"));
    expect(code).toBe(0);
    expect(out).toMatch(/1\/3 {2}Webflow[\s\S]*2\/3 {2}Destinations[\s\S]*3\/3 {2}Files/);
    expect(place.read("wrangler.toml")).toContain(`id = "${place.workspace.id}"`);
    expect(place.read(".dev.vars")).toContain(`SLACK_WEBHOOK_URL="${hook}"`);
    expect(place.slack.messages).toHaveLength(1);
  });

  it("asks again after what is wrong, until it is right", async () => {
    const input = answers(
      ...["ws-a-wrong-token", "heart-of-gold", "y", token, "", "n"],
      ...[
        "https://example.com",
        "https://hooks.slack.com/services/T0/B0/wrong",
        "y",
        "y",
        hook,
        "y",
      ],
    );
    const { code, out } = await setUp(["--ask"], input);
    expect(out).toMatch(
      /HTTP 401[\s\S]*can be read[\s\S]*That is not right[\s\S]*no_service[\s\S]*accepted/,
    );
    expect(code).toBe(0);
    expect(place.read("wrangler.toml")).toContain('id = "heart-of-gold"');
  });

  it("keeps with Enter what is set", async () => {
    await setUp();
    const before = [place.read("wrangler.toml"), place.read(".dev.vars")];
    const { code, out } = await setUp(["--ask"], answers("", "", "", "n"));
    expect(code).toBe(0);
    expect(out).toMatch(/workspace \[6621ccb459b561c69f29d57c\]/);
    expect([place.read("wrangler.toml"), place.read(".dev.vars")]).toEqual(before);
  });

  it("that breaks off writes nothing", async () => {
    const { code, err } = await setUp(["--ask"], answers(token));
    expect([code, untouched()]).toEqual([1, true]);
    expect(err).toMatch(/Stopped before the last question|no answer left/);
  });
});

describe("npm run setup -- --deploy-secrets", () => {
  /** Instead of npx: keeps what it was called with. */
  function fakeNpx(script: string): Record<string, string> {
    const bin = join(place.folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "npx"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { ...secrets, PATH: `${bin}:${process.env.PATH}` };
  }
  const args = ["--workspace", "heart-of-gold", "--deploy-secrets"];

  it("gives them to wrangler through its input, never as arguments", async () => {
    const { code, out } = await setUp(args, { env: fakeNpx('echo "$@" > argv; cat > stdin') });
    expect(code).toBe(0);
    expect(place.read("argv")).toBe("wrangler secret bulk\n");
    expect(JSON.parse(place.read("stdin"))).toEqual(secrets);
    expect(out).toMatch(/secrets in Cloudflare: .* are set/);
  });

  it("says what to do when wrangler is not logged in, and shows no secret that it repeats", async () => {
    const script = `cat; echo; echo "✘ [ERROR] You are not authenticated. Run wrangler login" >&2; exit 1`;
    const { code, out } = await setUp(args, { env: fakeNpx(script) });
    expect(code).toBe(1);
    expect(out).toMatch(/You are not authenticated[\s\S]*npx wrangler login/);
  });
});

describe("npm run setup -- --sandbox", () => {
  it("is a rehearsal without any account, and leaves the real files alone", async () => {
    const before = place.read("wrangler.toml");
    const { code, out } = await place.run("setup.ts", ["--sandbox", "--test-slack"]);
    expect(code).toBe(0);
    expect(out).toMatch(/The sandbox's Slack shows: .*This is a test from Tidemark/);
    expect([place.read("wrangler.toml"), untouched(), place.asked]).toEqual([before, true, []]);
    expect((await place.run("doctor.ts", ["--sandbox"])).code).toBe(0);
  });
});
