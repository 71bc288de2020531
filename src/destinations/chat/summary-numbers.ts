// What a digest tells in numbers, as lines: invitations, logins, and all that has no line of its own.
import { counted, toSpan } from "../../digest/clock.ts";
import type { Invitations, OpenInvitation } from "../../digest/invitations.ts";
import type { Logins } from "../../digest/logins.ts";
import type { Summary } from "../../digest/summary.ts";
import { byWhom, listed, named, standing, who } from "./summary-words.ts";
import type { Pen } from "./text.ts";

const max = { name: 60 };
const mostTypes = 8;
/** A digest that comes more often does not list again what was open before. */
const briefMs = 12 * 3_600_000;

/** How often the log was asked within the period, and how often it was seen: what "nothing happened" stands on. */
export interface Looks {
  readonly looked: number;
  readonly saw: number;
}

export const notSeen = ({ looked, saw }: Looks) =>
  `Tidemark looked ${counted(looked, "time")} and saw the log ${saw === 0 ? "never" : counted(saw, "time")}`;

export function invitationLines(summary: Summary, pen: Pen): string[] {
  const { open, deeds, forgotten, unnamed } = summary.invitations;
  const { fromMs, untilMs } = summary.period;
  const listedAre = untilMs - fromMs < briefMs ? open.filter((one) => one.sentMs >= fromMs) : open;
  const [oldest] = open;
  const untold = open.length > listedAre.length && oldest;
  return [
    ...deedLine(deeds),
    ...(unnamed > 0
      ? [
          `${counted(unnamed, "event")} without a name to follow: whether more are open is not known`,
        ]
      : []),
    ...listedAre.map((one) => openLine(one, summary, pen)),
    ...(untold
      ? [
          `${counted(open.length - listedAre.length, "older one")}, the oldest open for ${age(oldest, summary)}`,
        ]
      : []),
    ...(forgotten > 0 ? [`${counted(forgotten, "older one")} not followed any more`] : []),
  ];
}

function deedLine(deeds: Invitations["deeds"]): string[] {
  const parts = (["sent", "changed", "accepted", "declined", "canceled", "ended"] as const).flatMap(
    (deed) => (deeds[deed] ? `${deeds[deed].toLocaleString("en-US")} ${deed}` : []),
  );
  return parts.length > 0 ? [parts.join(", ")] : [];
}

function openLine(one: OpenInvitation, summary: Summary, pen: Pen): string {
  const as = standing(one, pen);
  const again = one.resent > 0 ? ` · sent again ${counted(one.resent, "time")}` : "";
  const by = byWhom(one.by ? [one.by] : [], pen);
  return `${who(one.person, pen)}${as && ` as ${as}`} · open for ${age(one, summary)}${again}${by}`;
}

export function age({ sentMs, older }: OpenInvitation, { period }: Summary): string {
  return `${older ? "more than " : ""}${toSpan(period.untilMs - sentMs)}`;
}

const ways: ReadonlyMap<string, string> = new Map([
  ["sso", "SSO"],
  ["google", "Google"],
  ["api", "API"],
  ["unknown", "method not told"],
]);

export function loginLines(
  { logins, people, unnamed, methods, countries, logouts, failed }: Logins,
  pen: Pen,
) {
  const counts = (all: Logins["methods"], name: (one: string) => string) =>
    listed(
      all.map(([one, count]) => `${name(one)} ${count.toLocaleString("en-US")}`),
      6,
    );
  const known = people > 0 ? ` by ${counted(people, "person", "people")}` : "";
  const others =
    known && unnamed > 0 ? `, ${unnamed.toLocaleString("en-US")} by someone not named` : "";
  const how = counts(methods, (one) => ways.get(one) ?? named(pen, max.name, "another way", one));
  return [
    ...(logins > 0 ? [`${counted(logins, "login")}${known}${others} · ${how}`] : []),
    ...(countries.length > 0
      ? [
          `From ${counted(countries.length, "country", "countries")} · ${counts(countries, (one) => one)}`,
        ]
      : []),
    ...(failed > 0 ? [`${counted(failed, "failed attempt")}`] : []),
    ...(logouts > 0 ? [counted(logouts, "logout")] : []),
  ];
}

const kinds: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    "workspace_invitation.access_request_accepted",
    ["access request accepted", "access requests accepted"],
  ],
  ["tidemark.finding", ["finding of a rule", "findings of rules"]],
]);

export function otherLines(
  { cancelled, others, severest }: Summary,
  pen: Pen,
  looks?: Looks,
): string[] {
  const severe =
    cancelled.severe > 0
      ? `, ${cancelled.severe.toLocaleString("en-US")} of them high or critical${cancelled.sent ? " (sent already)" : ""}`
      : "";
  const types = others.flatMap(({ type, count }) => {
    // The others have a line of their own.
    const left = count - severest.filter((one) => one.type === type).length;
    if (left === 0) return [];
    const kind = kinds.get(type);
    const number = left.toLocaleString("en-US");
    return kind ? counted(left, ...kind) : `${number} × ${named(pen, max.name, "unknown", type)}`;
  });
  const nothing =
    cancelled.events === 1
      ? "1 change left everything as it was"
      : `${cancelled.events.toLocaleString("en-US")} changes cancelled each other out`;
  return [
    ...(cancelled.events > 0 ? [`${nothing}${severe}`] : []),
    ...(types.length > 0 ? [listed(types, mostTypes)] : []),
    ...(looks && looks.saw < looks.looked ? [`${notSeen(looks)}: more may have happened`] : []),
  ];
}
