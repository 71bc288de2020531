// The examples of a rule, told in a line an event and made into events as Webflow would send them.
import type { KnownType } from "../event/catalogue.ts";
import type { AuditEvent } from "../event/event.ts";
import { identify } from "../event/identity.ts";
import { eventMaker } from "../event/maker.ts";
import { type AuditRecord, isUnusable, parseRecord } from "../source/record.ts";

/** One event of a story; with `days` the same on so many days in a row. */
export interface Moment {
  /** Day of the story, from 1, and the time of day in UTC: `3 09:30`. */
  readonly at: string;
  readonly is: KnownType;
  /** A name of the story, e.g. `ann` for ann@acme.example; one with an `@` stands as it is; `token x` is a token. */
  readonly by: string;
  readonly to?: readonly string[];
  readonly role?: string;
  readonly was?: string;
  readonly method?: string;
  readonly userType?: string;
  readonly place?: string;
  readonly ip?: string;
  readonly restricted?: boolean;
  readonly value?: string;
  readonly days?: number;
}

const workspace = { id: "6621ccb459b561c69f29d57c", slug: "acme" };
const firstDayMs = Date.parse("2026-01-05T00:00:00Z");

/** In the order of (time, id). */
export function toEvents(story: readonly Moment[]): AuditEvent[] {
  const records = story.flatMap((moment) =>
    Array.from({ length: moment.days ?? 1 }, (_, index) => toRecord(moment, index)),
  );
  const toEvent = eventMaker(workspace.id, () => undefined);
  return identify(records, workspace.id).map(({ id, record }) => toEvent(record, id, false));
}

function toRecord(moment: Moment, index: number): AuditRecord {
  const [day = "1", time = ""] = moment.at.split(" ");
  const [hours = "0", minutes = "0"] = time.split(":");
  const minute = ((Number(day) - 1 + index) * 24 + Number(hours)) * 60 + Number(minutes);
  const [eventType, eventSubType] = moment.is.split(".");
  const [target, ...others] = (moment.to ?? []).map(toPerson);
  const record = parseRecord({
    timestamp: new Date(firstDayMs + minute * 60_000).toISOString(),
    eventType,
    eventSubType,
    actor: moment.by.startsWith("token ")
      ? { type: "token", id: moment.by.slice(6) }
      : { type: "person", ...toPerson(moment.by) },
    workspace,
    payload: {
      ...(others.length > 0 ? { targetUsers: [target, ...others] } : { targetUser: target }),
      method: moment.method ?? "dashboard",
      userType: moment.userType,
      roleName: moment.role,
      previousRoleName: moment.was,
      location: moment.place,
      ipAddress: moment.ip,
      ...(moment.value !== undefined && { setting: "ai_toggle", value: moment.value }),
      ...(moment.restricted !== undefined && {
        granularAccess: { id: "67dc", name: "Blogs", type: "cms", restricted: moment.restricted },
      }),
    },
  });
  if (isUnusable(record)) throw new Error(`${moment.at}: ${record.reason}`);
  return record;
}

function toPerson(name: string): { id: string; email: string } {
  const email = name.includes("@") ? name : `${name}@acme.example`;
  return { id: `user-${email}`, email };
}
