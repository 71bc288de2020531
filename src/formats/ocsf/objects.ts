// OCSF's objects, each with what its constraints ask for: https://schema.ocsf.io/1.8.0/objects
import type { AuditEvent, Person } from "../../event/event.ts";
import { toPlace } from "../../event/place.ts";
import { type Fields, isIp } from "../parts.ts";

const none: Person = { id: null, email: null };

/** An object that must have a name or a uid, for one of which neither is known. */
export function toNamed(name: string | null | undefined, uid?: string | null): Fields {
  return { name: name || (uid ? null : "unknown"), uid };
}

export const toOrg = ({ workspace: { id, slug } }: AuditEvent): Fields => ({ uid: id, name: slug });

// An e-mail address alone does not make a user, so it is the name as well: https://schema.ocsf.io/1.8.0/objects/user
export function toUser(person: Person = none, event: AuditEvent): Fields {
  const { id, email } = person;
  const known = id || email;
  return {
    ...toNamed(email, id),
    email_addr: email && isEmail(email) ? email : null,
    type_id: known ? 1 : 0,
    type: known ? "User" : "Unknown",
    org: known ? toOrg(event) : null,
  };
}

const isEmail = (text: string) => /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i.test(text);

const tokenName = "Webflow API token";

// A token's id is that of its authorization, not of a user.
export function toActor(event: AuditEvent): Fields {
  const { type, id, email } = event.actor;
  if (type === "token") return { app_name: tokenName, app_uid: id };
  return id || email ? { user: toUser(event.actor, event) } : { app_name: "Webflow" };
}

/** Who logged in or out: the class asks for a user even where a token did it. */
export function toActingUser(event: AuditEvent): Fields {
  const { type, id } = event.actor;
  if (type !== "token") return toUser(event.actor, event);
  return { name: tokenName, uid: id, type_id: 4, type: "Service", org: toOrg(event) };
}

/** Where it came from; null without an address that OCSF takes. */
export function toEndpoint({ source }: AuditEvent): Fields | null {
  if (!source?.ip || !isIp(source.ip)) return null;
  const place = source.location ? toPlace(source.location) : null;
  return { ip: source.ip, location: place && { ...place, desc: source.location } };
}

/** A resource, in a list; an empty list when nothing names it. */
export function toResource(type: string, uid?: string | null, name?: string | null): Fields[] {
  return uid || name ? [{ type, uid, name }] : [];
}
