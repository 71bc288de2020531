// How severe an event is: the catalogue's word, raised where the role is Owner or Admin.
// Both may do anything in a workspace: https://help.webflow.com/hc/en-us/articles/41015530193811
import { kindOf } from "./catalogue.ts";
import type { Severity } from "./event.ts";

const adminRoles = new Set(["owner", "admin", "administrator"]);

/**
 * - info: logins, logouts, invitations that change or end, and every type not known yet
 * - low: all else
 * - medium: a workspace role changes, access requests are accepted, a setting changes, or an invitation
 *   (sent, updated) offers Owner or Admin
 * - high: a membership (added, role updated, invitation accepted) grants Owner or Admin
 *
 * `critical` is left to what happens to Tidemark itself. The catalogue is the source, this is its reading.
 */
export function toSeverity(type: string, role: string | null): Severity {
  const kind = kindOf(type);
  if (kind?.forAdmin && role !== null && adminRoles.has(role.trim().toLowerCase())) {
    return kind.forAdmin;
  }
  return kind?.severity ?? "info";
}
