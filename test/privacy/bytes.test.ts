// What is hidden from a destination is in no byte that it is sent, whatever the event, the type, the format and the settings.
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sandboxHook } from "../../sandbox/receivers/slack.ts";
import { vendors } from "../../sandbox/receivers/vendors/registry.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";
import type { AuditEvent, EventFinding } from "../../src/event/event.ts";
import { fields } from "../../src/event/paths.ts";
import { formats } from "../../src/formats/registry.ts";
import { exchange, type OutgoingRequest, systemClock } from "../../src/http.ts";
import { toLetter } from "../../src/letter.ts";
import { toPrivacy } from "../../src/privacy/private.ts";
import { problemWith, ways } from "../../src/privacy/settings.ts";
import { isObject } from "../../src/source/record.ts";
import { generated } from "../conformance/items.ts";
import { normalize } from "../event/items.ts";
import { eventId, hostileEvent, hostileItem, hostileText } from "../support/events.ts";

const key = "0123456789abcdef0123456789abcdef";
const attempt = { nowMs: Date.parse("2026-06-04T11:20:10.000Z"), token: "granted" };
const hideable = fields.map(({ path }) => path).filter((path) => problemWith(path) === undefined);
const inItem = ["raw.payload.phone", "raw.payload.people[].name", "raw.more"];

/** Letters that no pseudonym, no id and none of our own words has in a row: where they are, the value was. */
let serial = 0;
const marker = fc.constant(null).map(() => {
  serial += 1;
  return `zQx${[...serial.toString(26)].map((digit) => "gjkqvwxyzGJKQVWXYZhlmnprstu"[Number.parseInt(digit, 26)]).join("")}qZw`;
});

interface Secret {
  readonly value: string;
  readonly marker: string;
}

const wrapping = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: hostileText.map((text) => text.slice(0, 30)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Ann Ünal",
      "İpek ß ΟΔΥΣΣΕΥΣ",
      "a\\nb\\u0041",
      "100%",
      "%41+",
      '"',
      "o'h/",
      "ﬁ",
    ),
  },
);
const secret: fc.Arbitrary<Secret> = fc
  .tuple(wrapping, marker, wrapping, fc.constantFrom("", "@acme.com"))
  .map(([before, marker, after, host]) => ({ value: `${before}${marker}${after}${host}`, marker }));

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const url = (text: string) => encodeURIComponent(text.toWellFormed());
const forms: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => value.toLowerCase(),
  (value) => value.toUpperCase(),
  json,
  (value) => json(json(value)),
  (value) => json(value.toLowerCase()),
  (value) =>
    json(value).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  url,
  (value) => url(value.toUpperCase()).toLowerCase(),
  (value) => url(value).replaceAll("%20", "+"),
];

interface Case {
  readonly event: AuditEvent;
  readonly mask: readonly string[];
  readonly pseudonymize: readonly string[];
  readonly secrets: readonly Secret[];
}

/** The same keys, a value set where the path leads. */
function planted(node: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  if (key === "") return value;
  if (key.endsWith("[]")) {
    const name = key.slice(0, -2);
    const list = isObject(node) && Array.isArray(node[name]) ? node[name] : [];
    const [first, ...others] = list;
    return { ...(isObject(node) ? node : {}), [name]: [planted(first, rest, value), ...others] };
  }
  const table = isObject(node) ? node : {};
  return { ...table, [key]: planted(table[key], rest, value) };
}

/** Where Webflow writes what stands at a path of the event. */
const sources: Readonly<Record<string, string>> = {
  "targets[].id": "payload.targetUsers[].id",
  "targets[].email": "payload.targetUsers[].email",
  "site.id": "payload.site.id",
  "site.slug": "payload.site.slug",
  role: "payload.roleName",
  previousRole: "payload.previousRoleName",
  "setting.name": "payload.setting",
  "setting.value": "payload.value",
  "setting.previousValue": "payload.previousValue",
  "granularAccess.id": "payload.granularAccess.id",
  "granularAccess.name": "payload.granularAccess.name",
  "granularAccess.type": "payload.granularAccess.type",
  method: "payload.method",
  userType: "payload.userType",
  "source.ip": "payload.ipAddress",
  "source.location": "payload.location",
};

const choice = fc.record({
  path: fc.constantFrom(...hideable, ...inItem),
  way: fc.constantFrom(...ways),
  secret,
});
const scatter = fc.record({
  form: fc.constantFrom(...forms),
  at: fc.constantFrom(
    "eventType",
    "payload.roleName",
    "payload.newField",
    "payload.location",
    "payload.key",
    "note",
    "payload.targetUser.email",
  ),
  before: fc.constantFrom("", "x", "to: ", "…", "\u200b", "é", "<!channel> "),
  after: fc.constantFrom("", "x", ". ", "\u0301", " & co"),
  which: fc.nat(),
});

/** An event that came out of an item, with values to hide where their paths lead, and hidden elsewhere in it. */
const fromItem: fc.Arbitrary<Case> = fc
  .record({
    item: fc.oneof(hostileItem, fc.constantFrom(...generated.map(({ item }) => item))),
    choices: fc.uniqueArray(choice, { minLength: 1, maxLength: 4, selector: ({ path }) => path }),
    scattered: fc.array(scatter, { maxLength: 6 }),
  })
  .map(({ item, choices, scattered }) => {
    let made: unknown = item;
    for (const { path, secret } of choices) {
      const place = path.startsWith("raw.") ? path.slice(4) : (sources[path] ?? path);
      made = planted(made, place.split("."), secret.value);
    }
    const taken = choices.map(({ path }) => sources[path] ?? path.replace(/^raw\./, ""));
    for (const { form, at, before, after, which } of scattered) {
      const { secret } = choices[which % choices.length] as (typeof choices)[number];
      const text = `${before}${form(secret.value)}${after}`;
      if (taken.some((place) => place.startsWith(at) || at.startsWith(place))) continue;
      made =
        at === "payload.key"
          ? planted(made, ["payload"], {
              ...((made as { payload?: object }).payload ?? {}),
              [text]: 1,
            })
          : planted(made, at.split("."), text);
    }
    return { event: normalize(JSON.parse(JSON.stringify(made))), ...settingsOf(choices) };
  });

const nobody = { id: null, email: null };

/** Any event that the schema allows, with the values in its fields and in its item. */
const fromEvent: fc.Arbitrary<Case> = fc
  .record({
    event: hostileEvent,
    choices: fc.uniqueArray(choice, { minLength: 1, maxLength: 4, selector: ({ path }) => path }),
    form: fc.constantFrom(...forms),
  })
  .map(({ event, choices, form }) => {
    let made: unknown = event;
    for (const { path, secret } of choices) made = planted(made, path.split("."), secret.value);
    made = {
      ...(made as AuditEvent),
      targets: (made as AuditEvent).targets.map((one) => ({ ...nobody, ...one })),
    };
    const raw = (made as AuditEvent).raw;
    const more = choices.map(({ secret }) => [form(secret.value), [`- ${form(secret.value)} -`]]);
    return {
      event: { ...(made as AuditEvent), raw: { ...raw, copy: Object.fromEntries(more) } },
      ...settingsOf(choices),
    };
  });

function settingsOf(
  choices: readonly { path: string; way: "mask" | "pseudonymize"; secret: Secret }[],
) {
  const of = (way: string) => choices.filter((one) => one.way === way).map(({ path }) => path);
  return {
    mask: of("mask"),
    pseudonymize: of("pseudonymize"),
    secrets: choices.map(({ secret }) => secret),
  };
}

/** A rule that says all that it sees, and one that says nothing of what is left. */
const allOf = (event: AuditEvent): EventFinding[] => {
  const { id: _, findings: __, raw, ...all } = event;
  const reason = `${Object.values(all).map(inWords).join(" ")} ${inWords(raw)}`;
  const finding = { title: "T", severity: "low" as const, technique: null };
  return [{ ...finding, rule: "says.all", reason }];
};
const inWords = (value: unknown): string =>
  isObject(value) || Array.isArray(value)
    ? Object.values(value).map(inWords).join(" ")
    : String(value ?? "");
const told = (event: AuditEvent): AuditEvent => {
  const [all] = allOf(event);
  return all ? { ...event, findings: [all, { ...all, rule: "says.it_once" }] } : event;
};

/** Everything that goes out, as it goes out, decompressed. */
async function sentBy(request: OutgoingRequest): Promise<string> {
  let sent = "";
  const record = async (outgoing: Request) => {
    const bytes = Buffer.from(await outgoing.arrayBuffer());
    const body = outgoing.headers.get("content-encoding") === "gzip" ? gunzipSync(bytes) : bytes;
    sent = [outgoing.url, JSON.stringify([...outgoing.headers]), body.toString()].join("\n");
    return new Response(null, { status: 204 });
  };
  await exchange(record, systemClock, request, { timeoutMs: 1000, maxBytes: 1000 });
  return sent;
}

function leaks(sent: string, { value, marker }: Secret): string[] {
  const low = sent.toLowerCase();
  const written = [value, value.trim(), json(value), url(value), url(value).replaceAll("%20", "+")];
  return [...written, marker].filter((form) => low.includes(form.toLowerCase()));
}

const samples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  slack: { url: sandboxHook },
  webhook: {
    url: "https://siem.example.com/in",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    batch: true,
  },
  ...Object.fromEntries(vendors.map(({ type, options }) => [type, options[0] ?? {}])),
};

describe.each(destinationTypes)("what is hidden from $type", (type) => {
  const own = formats.filter(({ name }) => type.format !== undefined || name === "event");
  test.each(own)(
    "is in no byte of its requests, as $name",
    { timeout: 600_000 },
    async (format) => {
      const destination = type.bind(samples[type.type], format);
      let looked = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(fromItem, fromEvent), { minLength: 1, maxLength: 4 }),
          async (cases) => {
            const letters = cases.map(({ event, mask, pseudonymize }, n) =>
              toLetter(told({ ...event, id: eventId(n, Date.parse(event.time)) }), {
                format,
                privacy: toPrivacy({ mask, pseudonymize }, key, allOf),
                findings: true,
              }),
            );
            const requests = [
              ...destination.pack(letters).map((group) => destination.encode(group, attempt)),
              ...letters.flatMap((letter) => destination.encodePlain?.(letter, attempt) ?? []),
            ];
            for (const request of requests) {
              const sent = await sentBy(request);
              expect(sent.length).toBeGreaterThan(100);
              for (const { secrets } of cases)
                for (const one of secrets) {
                  looked += 1;
                  expect(leaks(sent, one)).toEqual([]);
                }
            }
          },
        ),
        { numRuns: Number(process.env.PRIVACY_RUNS ?? 12) },
      );
      expect(looked).toBeGreaterThan(10);
    },
  );
});

test("the fuzz would see it: without privacy every value is found", async () => {
  const [format] = formats;
  const webhook = destinationTypes.find(({ type }) => type === "webhook");
  if (!format || !webhook) throw new Error("no webhook");
  const destination = webhook.bind(samples.webhook, format);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fromItem, fromEvent), async ({ event, secrets }) => {
      const letter = toLetter(told(event), { format, findings: true });
      const sent = await sentBy(destination.encode([letter], attempt));
      for (const one of secrets) expect(leaks(sent, one)).not.toEqual([]);
    }),
  );
});

test("one person has one pseudonym, whatever the event, and another under another key", () => {
  const settings = { mask: [], pseudonymize: ["actor.email", "targets[].email", "actor.id"] };
  const here = toPrivacy(settings, key);
  const there = toPrivacy(settings, `${key}.`);
  const email = fc.oneof(
    fc.emailAddress(),
    secret.map(({ value }) => value.trim()),
  );
  fc.assert(
    fc.property(hostileEvent, hostileEvent, email, (one, other, email) => {
      const first = { ...one, actor: { ...one.actor, email } };
      const second = {
        ...other,
        targets: [{ id: null, email: ` ${email.toUpperCase().toLowerCase()}` }],
      };
      const same = email.toUpperCase().toLowerCase() === email.toLowerCase();
      const [a, b] = [here(first).actor.email, here(second).targets[0]?.email];
      if (same) expect(a).toBe(b);
      expect(a).toMatch(/^p-[\da-f]{20}(@pseudonym\.invalid)?$/);
      expect(there(first).actor.email).not.toBe(a);
      // Made by nothing but the value and the key.
      expect(toPrivacy(settings, key)(first)).toEqual(here(first));
    }),
  );
});
