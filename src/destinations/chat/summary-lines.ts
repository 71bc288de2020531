// A digest in words, the same for every chat: a headline, and sections of short lines.
import { counted, toClock } from "../../digest/clock.ts";
import type { Summary } from "../../digest/summary.ts";
import { peopleLines, roleLines, settingLines } from "./summary-changes.ts";
import {
  age,
  invitationLines,
  type Looks,
  loginLines,
  notSeen,
  otherLines,
} from "./summary-numbers.ts";
import { membershipWords, named, restrictionWords, sentAlready } from "./summary-words.ts";
import type { Pen } from "./text.ts";
import { word } from "./words.ts";

const max = { sentence: 300, name: 60, workspace: 100 };

export interface Section {
  /** Empty where there is nothing but one line. */
  readonly title: string;
  /** At least one. */
  readonly lines: readonly string[];
}

/** Where all events of the period can be read, and until when. */
export interface More {
  readonly url: string;
  readonly untilIso: string;
}

export interface Extras {
  readonly looks?: Looks;
  readonly more?: More;
}

export interface DigestWords {
  readonly headline: string;
  /** What there is, in numbers; empty where nothing happened. */
  readonly tally: string;
  readonly sections: readonly Section[];
}

export function toDigestWords(summary: Summary, pen: Pen, looks?: Looks): DigestWords {
  const { period, events } = summary;
  const workspace = named(pen, max.workspace, "the workspace", period.workspace);
  const from = toClock(period.fromMs, period.zone);
  const until = toClock(period.untilMs, period.zone);
  const headline = `Digest of ${workspace}, ${from} to ${until} (${pen.text(period.zone, max.name)})`;
  if (events === 0)
    return { headline, tally: "", sections: [nothing(summary, from, until, looks)] };
  return { headline, tally: toTally(summary), sections: toSections(summary, pen, looks) };
}

/** `All 412 events` and ` (the link works until 4 Dec 10:00 UTC)`. */
export function toLink(
  { events, period }: Summary,
  { untilIso }: More,
  pen: Pen,
): readonly [string, string] {
  const until = toClock(Date.parse(untilIso), period.zone);
  const text = events === 1 ? "The event" : `All ${counted(events, "event")}`;
  return [text, ` (the link works until ${until} ${pen.text(period.zone, max.name)})`];
}

function nothing(summary: Summary, from: string, until: string, looks?: Looks): Section {
  const { open } = summary.invitations;
  const [oldest] = open;
  const waiting = oldest
    ? ` ${counted(open.length, "invitation is", "invitations are")} open, the oldest for ${age(oldest, summary)}.`
    : "";
  return { title: "", lines: [`${seen(from, until, looks)}${waiting}`] };
}

function seen(from: string, until: string, looks?: Looks): string {
  if (!looks) return `No event was seen between ${from} and ${until}.`;
  if (looks.looked > 0 && looks.saw >= looks.looked)
    return `Nothing happened between ${from} and ${until}: Tidemark looked ${counted(looks.looked, "time")} and saw the log each time.`;
  return `No event was seen between ${from} and ${until}, but something may have happened: ${notSeen(looks)}.`;
}

function toTally(summary: Summary): string {
  const people = (all: readonly { person: string | null }[]) => {
    const keys = all.map(({ person }) => person);
    return new Set(keys.filter((key) => key !== null)).size + keys.filter((key) => !key).length;
  };
  const { gained, lost, changed } = sorted(summary);
  const { logins, invitations, worst, events } = summary;
  const parts = [
    [people(gained), "gained access"],
    [people(lost), "lost access"],
    [people(changed), "changed role"],
    [
      invitations.open.length,
      invitations.open.length === 1 ? "open invitation" : "open invitations",
    ],
    [logins.logins, logins.logins === 1 ? "login" : "logins"],
  ] as const;
  const told = parts.flatMap(([count, what]) =>
    count > 0 ? `${count.toLocaleString("en-US")} ${what}` : [],
  );
  return [counted(events, "event"), ...told, `most severe: ${worst}`].join(" · ");
}

function sorted({ memberships }: Summary) {
  return {
    gained: memberships.filter(({ before }) => before === null),
    lost: memberships.filter(({ after }) => after === null),
    changed: memberships.filter(({ before, after }) => before !== null && after !== null),
  };
}

function toSections(summary: Summary, pen: Pen, looks?: Looks): Section[] {
  const { gained, lost, changed } = sorted(summary);
  const open = summary.invitations.open.length.toLocaleString("en-US");
  const membership = (nets: Summary["memberships"]) => membershipWords(nets, pen);
  const restriction = (nets: Summary["restrictions"]) => restrictionWords(nets, pen);
  return [
    titled("Worth a look", severest(summary, pen)),
    ofPeople("Gained access", peopleLines(gained, membership, pen)),
    ofPeople("Lost access", peopleLines(lost, membership, pen)),
    ofPeople("Changed role", peopleLines(changed, membership, pen)),
    ofPeople("Access to CMS collections", peopleLines(summary.restrictions, restriction, pen)),
    titled("Custom roles and settings", [
      ...roleLines(summary, pen),
      ...settingLines(summary, pen),
    ]),
    { title: `Invitations (${open} open)`, lines: invitationLines(summary, pen) },
    { title: "Logins", lines: loginLines(summary.logins, pen) },
    { title: "Also", lines: otherLines(summary, pen, looks) },
  ].filter(({ lines }) => lines.length > 0);
}

const titled = (title: string, lines: readonly string[]): Section => ({
  title: `${title} (${lines.length.toLocaleString("en-US")})`,
  lines,
});

const ofPeople = (
  title: string,
  { people, lines }: { people: number; lines: readonly string[] },
): Section => ({ title: `${title} (${counted(people, "person", "people")})`, lines });

function severest({ severest }: Summary, pen: Pen): string[] {
  return severest.map(({ severity, summary, type, sent }) => {
    const said = named(pen, max.sentence, "an event without a name", summary, type);
    return `${word(severity)} · ${said}${sentAlready(sent)}`;
  });
}
