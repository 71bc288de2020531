// Where a stored workspace's record goes to from its Durable Object: KV, and the roll.
import type { Env } from "../env.ts";
import { rollOf } from "../routes/stub.ts";
import type { Outlets } from "./tenancy.ts";

const prefix = "workspace:";

export function outletsOf(env: Env, id: string): Outlets {
  const key = `${prefix}${id}`;
  return {
    toKv: (record) =>
      record
        ? env.MARKS.put(key, JSON.stringify(record), { metadata: { version: record.version } })
        : env.MARKS.delete(key),
    fromKv: () => env.MARKS.get(key, "json"),
    onRoll: async () => Boolean(await rollOf(env)?.get(id)),
    toRoll: async (entry) => rollOf(env)?.put(entry),
    offRoll: async () => rollOf(env)?.remove(id),
  };
}
