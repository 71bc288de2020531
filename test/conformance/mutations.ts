// What may come in an item that nobody has documented: fields missing, null, of other kinds, hostile, unheard of.
import fc from "fast-check";
import { integer, pick, type Random } from "../../sandbox/random.ts";
import { isObject } from "../../src/source/record.ts";
import { hostileText } from "../support/events.ts";

export type Item = Readonly<Record<string, unknown>>;
type Mutation = (item: Item, random: Random) => Item;

const texts = fc.sample(hostileText, { seed: 1, numRuns: 500 });
const anything = fc.sample(fc.jsonValue({ maxDepth: 3 }), { seed: 2, numRuns: 200 });
const text = (random: Random) => pick(random, texts);

const emails = [
  "no at sign",
  "a@b",
  "@acme.com",
  "ann@acme@acme.com",
  "ann.o'hara+audit@acme.co.uk",
  "\u00e4nn@m\u00fcnchen.example",
  " ann@acme.com ",
  '"ann o"@acme.com',
  "<!channel>@acme.com",
  `${"a".repeat(300)}@acme.com`,
  "ann@acme.com\r\nbcc: all@acme.com",
];
const addresses = [
  "2001:db8::17",
  "2001:DB8:0:0:0:0:0:17",
  "::1",
  "::ffff:203.0.113.9",
  "fe80::1%eth0",
  "203.0.113.9:443",
  "[2001:db8::17]",
  "203.0.113.9, 198.51.100.2",
  " 203.0.113.9 ",
  "203.0.113",
  "999.1.1.1",
  "010.0.0.1",
  "203a0b113c9",
  "unknown",
];
const locations = [
  "Ashburn",
  "US",
  "Ashburn  US",
  "Washington, D.C., US",
  "S\u00e3o Paulo BR",
  "Ashburn us",
  "Ashburn USA",
  " US",
  "\u6771\u4eac JP",
  "Unknown location",
  "\n DE",
];
const timestamps = [
  "2026-06-04T11:20:07Z",
  "2026-06-04T11:20:07.1Z",
  "2026-06-04T11:20:07.123456789Z",
  "2026-06-04 11:20:07.5+0530",
  "2026-06-04t11:20:07-08:00",
  "1970-01-01T00:00:00.000Z",
  "2099-12-31T23:59:59.999Z",
];

function set(item: Item, [key, ...path]: readonly string[], value: unknown): Item {
  if (key === undefined) return item;
  const inner = isObject(item[key]) ? item[key] : {};
  return { ...item, [key]: path.length === 0 ? value : set(inner, path, value) };
}

const at =
  (path: string, value: unknown | ((random: Random) => unknown)): Mutation =>
  (item, random) =>
    set(item, path.split("."), typeof value === "function" ? value(random) : value);

const user = (random: Random) => {
  const n = integer(random, 0, 999);
  return { id: `6ab${String(n).padStart(21, "0")}`, email: `user.${n}@acme.com` };
};
const users = (random: Random) => Array.from({ length: integer(random, 2, 6) }, () => user(random));

/** Every text of a value, at every depth, replaced. */
function replaced(value: unknown, random: Random): unknown {
  if (typeof value === "string") return text(random);
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, random));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replaced(inner, random)]),
  );
}

/** A setting, whatever the item was about before. */
const setting =
  (value: unknown): Mutation =>
  (item) => ({
    ...item,
    eventType: "workspace_setting",
    eventSubType: "setting_updated",
    payload: { setting: "ai_toggle", value, previousValue: "x", method: "dashboard" },
  });

const access = (change: Item): Mutation =>
  at("payload.granularAccess", {
    id: "c1",
    name: "Blogs",
    type: "cms",
    restricted: true,
    ...change,
  });

const requests =
  (targetUsers: (random: Random) => unknown): Mutation =>
  (item, random) => ({
    ...item,
    eventType: "workspace_invitation",
    eventSubType: "access_request_accepted",
    payload: { targetUsers: targetUsers(random), method: "dashboard", userType: "guest" },
  });

export const mutations: readonly (readonly [name: string, mutate: Mutation])[] = [
  ["unknown type", at("eventType", "site_publishing")],
  ["unknown subtype", at("eventSubType", "user_suspended")],
  ["hostile type", at("eventType", text)],
  ["hostile subtype", at("eventSubType", text)],
  ["no type", at("eventType", undefined)],
  ["a type that is a number", at("eventType", 5)],
  ["a subtype that is null", at("eventSubType", null)],

  ["no payload", at("payload", undefined)],
  ["a payload that is null", at("payload", null)],
  ["a payload that is a list", at("payload", [{ roleName: "x" }])],
  ["any payload", at("payload", (random: Random) => pick(random, anything))],
  ["a hostile payload", (item, random) => ({ ...item, payload: replaced(item.payload, random) })],

  ["no actor", at("actor", undefined)],
  ["an actor that is null", at("actor", null)],
  ["an empty actor", at("actor", {})],
  ["a token", at("actor", { type: "token", id: "5581c0ffee0000000000000000000000009a5786" })],
  ["a token without an id", at("actor", { type: "token", id: null })],
  ["a token with an address", at("actor", { type: "TOKEN", id: "t", email: "bot@acme.com" })],
  ["an actor whose id is null", at("actor.id", null)],
  ["an actor whose address is null", at("actor.email", null)],
  ["an actor with an odd address", at("actor.email", (r: Random) => pick(r, emails))],
  ["an actor of another kind", at("actor.type", "agent")],
  ["any actor", at("actor", (random: Random) => pick(random, anything))],
  ["a hostile actor", (item, random) => ({ ...item, actor: replaced(item.actor, random) })],

  ["no workspace", at("workspace", undefined)],
  ["a workspace without a slug", at("workspace.slug", null)],
  ["a workspace that is a text", at("workspace", "acme")],
  ["a hostile workspace", at("workspace", (r: Random) => ({ id: text(r), slug: text(r) }))],

  ["an odd address of the network", at("payload.ipAddress", (r: Random) => pick(r, addresses))],
  ["a hostile address of the network", at("payload.ipAddress", text)],
  ["an odd location", at("payload.location", (r: Random) => pick(r, locations))],
  ["a hostile location", at("payload.location", text)],

  ["no target", at("payload.targetUser", undefined)],
  ["a target that is null", at("payload.targetUser", null)],
  ["a target without an id", at("payload.targetUser.id", null)],
  ["a target without an address", at("payload.targetUser.email", undefined)],
  ["a target with an odd address", at("payload.targetUser.email", (r: Random) => pick(r, emails))],
  ["any target", at("payload.targetUser", (random: Random) => pick(random, anything))],
  ["a target that is the actor", (item) => set(item, ["payload", "targetUser"], item.actor)],
  ["several requests", requests(users)],
  ["requests of one person twice", requests((r) => [user(seededAlike(r)), user(seededAlike(r))])],
  ["requests with gaps", requests((r) => [null, user(r), {}, { id: null, email: "g@acme.com" }])],
  ["requests of nobody", requests(() => [])],
  ["many targets of anything", at("payload.targetUsers", users)],

  ["no role", at("payload.roleName", null)],
  ["a hostile role", at("payload.roleName", text)],
  ["a hostile former role", at("payload.previousRoleName", text)],
  ["an owner", at("payload.roleName", "Owner")],
  ["no kind of user", at("payload.userType", undefined)],
  ["an unknown method", at("payload.method", "passkey")],
  ["a hostile method", at("payload.method", text)],

  ["a setting turned on", setting("true")],
  ["a setting turned off", setting("false")],
  ["a setting that is truly true", setting(true)],
  ["a setting of another value", setting("strict")],
  ["a setting that is a number", setting(5)],
  ["a setting without a value", setting(null)],
  ["an unknown setting", at("payload.setting", "sso_required")],
  ["a hostile setting", at("payload.setting", text)],

  ["access restricted", access({})],
  ["access opened", access({ restricted: false })],
  ["access that may be either", access({ restricted: null })],
  ["access to another kind of thing", access({ type: "page", name: null })],
  ["access to something hostile", at("payload.granularAccess.name", text)],

  ["a site that is null", at("payload.site", null)],
  ["a site without a slug", at("payload.site", { id: "67dc519889286123da057175" })],
  ["a site without an id", at("payload.site", { slug: "harborline-www" })],
  ["a hostile site", at("payload.site", (r: Random) => ({ id: text(r), slug: text(r) }))],

  [
    "fields that nobody knows",
    at("requestContext", { ids: [1, { deep: [null, true] }], "a.b": {} }),
  ],
  ["a payload that grew", at("payload.new", (random: Random) => pick(random, anything))],
  ["another form of time", at("timestamp", (r: Random) => pick(r, timestamps))],
];

/** Always the same person. */
function seededAlike(_: Random): Random {
  return () => 0.5;
}
