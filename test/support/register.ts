// The roll of stored workspaces in memory, behind the binding REGISTER as the Worker sees it.
import { nodeSql } from "../../sandbox/sql.ts";
import type { RollStub } from "../../src/routes/stub.ts";
import { Roll } from "../../src/stored/roll.ts";
import { perMinute } from "../../src/stored/rounds.ts";

export const configKey = "the-key-under-which-tests-encrypt-0123456789";

/** With these ids on it, as if each had been put once. */
export function fakeRegister(...ids: readonly string[]) {
  const roll = new Roll(nodeSql());
  const at = () => Date.now();
  for (const id of ids)
    roll.put(
      { id, version: 1, updatedAt: "2026-06-01T12:00:00.000Z", destinations: ["own"] },
      at(),
    );
  const stub: RollStub = {
    put: async (entry) => roll.put(entry, at()),
    remove: async (id) => roll.remove(id),
    get: async (id) => roll.get(id),
    list: async (...args) => roll.list(...args),
    turn: async (budget, queued) => roll.turn((total) => perMinute(total, budget, queued)),
    note: async (seen, everyMs) => roll.note(seen, everyMs, at()),
    summary: async () => roll.summary(),
  };
  return { roll, stub, REGISTER: { getByName: () => stub } };
}
