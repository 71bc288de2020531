// What a visitor of the sandbox can make happen in the workspace, one button each.
import { type AuditItem, harborline } from "./activity/cast.ts";

interface Happening {
  readonly label: string;
  /** The items, as Webflow would hold them had it happened at this time. */
  items(timeMs: number): AuditItem[];
  /** The items stand so far back in the log, although they appear now. */
  readonly lateByMs?: number;
}

type Fields = Readonly<Record<string, unknown>>;

const person = (number: number, email: string) => ({
  id: `66d1${number.toString(16).padStart(20, "a0b1c2d3e4f5")}`,
  email,
});
const actor = (number: number, email: string) => ({ type: "person", ...person(number, email) });

const owner = actor(1, "maren.oduya@harborline.example");
const admin = actor(2, "tomas.herrera@harborline.example");
const marketer = actor(3, "leila.haddad@harborline.example");
const directory = actor(4, "scim@harborline.example");
const intruder = actor(6, "r.calder@harborline.example");
const stormSize = 5000;
const editor = person(5, "sam.whitfield@harborline.example");
const site = { id: "66e0aa17c2f9d4b35e8801f2", slug: "harborline-www" };
const leavers = (
  "ada.bergman boris.calvo celia.dahl dario.esposito eva.fiala finn.garber " +
  "gina.holm henri.ivarsson iris.jovanovic jakob.keller kira.lund leon.moreau"
).split(" ");

export const happenings = {
  login: {
    label: "A login",
    items: (timeMs) => [
      item("user_access.login", timeMs, marketer, {
        method: "sso",
        location: "Dublin IE",
        ipAddress: "198.51.100.88",
      }),
    ],
  },
  admin: {
    label: "Role granted: Admin",
    items: (timeMs) => [
      item("workspace_membership.user_role_updated", timeMs, owner, {
        targetUser: editor,
        method: "dashboard",
        userType: "member",
        roleName: "Admin",
        previousRoleName: "Content editor",
      }),
    ],
  },
  scim: {
    label: "SCIM sync removes 12 people at once",
    items: (timeMs) =>
      leavers.map((name, index) =>
        item("workspace_membership.user_removed", timeMs, directory, {
          targetUser: person(16 + index, `${name}@harborline.example`),
          method: "sso",
          userType: "member",
          roleName: "Content editor",
        }),
      ),
  },
  storm: {
    label: "A directory sync of 5,000 changes, three people made Admin among them",
    items: (timeMs) =>
      Array.from({ length: stormSize }, (_, index) => {
        const at = timeMs - 60_000 + Math.floor((index * 59_000) / stormSize);
        const hidden = index % 1500 === 1499;
        const who = hidden ? intruder : directory;
        return item("workspace_membership.user_role_updated", at, who, {
          targetUser: person(1000 + index, `person${index}@harborline.example`),
          method: hidden ? "dashboard" : "scim",
          userType: "member",
          roleName: hidden ? "Admin" : "Content editor",
          previousRoleName: "Marketer",
        });
      }),
  },
  unknown: {
    label: "Unknown event type",
    items: (timeMs) => [
      item("site_publishing.site_published", timeMs, marketer, {
        site,
        domains: ["www.harborline.example"],
        method: "dashboard",
      }),
    ],
  },
  late: {
    label: "Late event (by 60 s)",
    lateByMs: 60_000,
    items: (timeMs) => [
      item("site_membership.user_role_updated", timeMs, admin, {
        site,
        targetUser: editor,
        method: "dashboard",
        userType: "member",
        roleName: "Marketer",
        previousRoleName: "Content editor",
      }),
    ],
  },
  hostile: {
    label: "Hostile role name",
    items: (timeMs) => [
      item("custom_role.role_created", timeMs, admin, {
        roleName: "<!channel> *Owner* <https://evil.example|Sign in to Webflow> </script>",
      }),
    ],
  },
} as const satisfies Record<string, Happening>;

export type HappeningName = keyof typeof happenings;

function item(kind: string, timeMs: number, who: Fields, payload: Fields): AuditItem {
  const [eventType = "", eventSubType = ""] = kind.split(".");
  const timestamp = new Date(timeMs).toISOString();
  return { timestamp, eventType, eventSubType, actor: who, workspace: { ...harborline }, payload };
}
