// The logins of a period in numbers.
import type { AuditEvent } from "../event/event.ts";
import { toPlace } from "../event/place.ts";
import { actorKey, type KeyOf, told } from "./people.ts";

type Count = readonly [name: string, count: number];

export interface Logins {
  readonly logins: number;
  readonly people: number;
  /** By those who are not named. */
  readonly unnamed: number;
  /** The most frequent first; `unknown` where none is told. */
  readonly methods: readonly Count[];
  /** ISO 3166-1 alpha-2, as far as they are told. */
  readonly countries: readonly Count[];
  readonly logouts: number;
  /** Of types that Webflow does not document, and whose name says that access failed. */
  readonly failed: number;
}

const isFailure = (type: string) => /fail|denied|reject|block/.test(type);

export function isLogin({ type }: AuditEvent): boolean {
  return (
    type === "user_access.login" ||
    type === "user_access.logout" ||
    (type.startsWith("user_access.") && isFailure(type))
  );
}

export function toLogins(events: readonly AuditEvent[], keyOf: KeyOf): Logins {
  const all = events.filter(isLogin);
  const logins = all.filter(({ type }) => type === "user_access.login");
  const people = logins.map((event) => actorKey(event, keyOf));
  const countries = logins.flatMap(({ source }) => {
    const location = told(source?.location);
    return (location && toPlace(location)?.country) || [];
  });
  return {
    logins: logins.length,
    people: new Set(people.filter((key) => key !== null)).size,
    unnamed: people.filter((key) => key === null).length,
    methods: counted(logins.map(({ method }) => told(method)?.toLowerCase() ?? "unknown")),
    countries: counted(countries),
    logouts: all.filter(({ type }) => type === "user_access.logout").length,
    failed: all.filter(({ type }) => isFailure(type)).length,
  };
}

function counted(names: readonly string[]): Count[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
