// Settings and custom roles of the workspace: what is different from before.
import type { AuditEvent } from "../event/event.ts";
import { type Move, type Net, toNet } from "./net.ts";
import { type KeyOf, told } from "./people.ts";

export type SettingChange = Net<{ readonly name: string | null }, string | null>;

/** A custom role, its name null where that is hidden; null: there is none. */
type RoleState = { readonly name: string | null } | null;
export type RoleChange = Net<null, RoleState>;

const setting = "workspace_setting.setting_updated";
const role = /^custom_role\.role_(?:created|updated|deleted)$/;

export function isOfWorkspace({ type }: AuditEvent): boolean {
  return type === setting || role.test(type);
}

/** `events` in the order of time. */
export function toSettings(
  events: readonly AuditEvent[],
  keyOf: KeyOf,
  sent: ReadonlySet<string>,
): SettingChange[] {
  const moves = events
    .filter(({ type }) => type === setting)
    .map((event): Move<{ name: string | null }, string | null> => {
      const name = told(event.setting?.name);
      return {
        key: JSON.stringify([event.workspace.id, name ?? event.id, name !== null]),
        thing: { name },
        person: null,
        event,
        before: told(event.setting?.previousValue),
        after: told(event.setting?.value),
      };
    });
  return toNet(moves, (before, after) => before !== null && before === after, keyOf, sent);
}

/**
 * `events` in the order of time. A role is followed through its renaming. The log does not tell what a role allows, so one that
 * was there before and is there after may be another: only what was made and deleted again is nothing.
 */
export function toRoles(
  events: readonly AuditEvent[],
  keyOf: KeyOf,
  sent: ReadonlySet<string>,
): RoleChange[] {
  const keys = new Map<string, string>();
  const moves = events
    .filter(({ type }) => role.test(type))
    .map((event): Move<null, RoleState> => {
      const now = told(event.role);
      const before = told(event.previousRole) ?? now;
      const known = now ?? before;
      const place = (name: string) => JSON.stringify([event.workspace.id, name]);
      const key =
        (before === null ? undefined : keys.get(place(before))) ?? JSON.stringify(["", event.id]);
      if (before !== null) keys.delete(place(before));
      if (known !== null) keys.set(place(known), key);
      const made = event.type === "custom_role.role_created";
      const deleted = event.type === "custom_role.role_deleted";
      return {
        key,
        thing: null,
        person: null,
        event,
        before: made ? null : { name: before },
        after: deleted ? null : { name: known },
      };
    });
  return toNet(moves, (before, after) => before === null && after === null, keyOf, sent);
}
