// Stored workspaces without workerd: each Durable Object's tenancy on its own ledger, KV and the roll in memory.
import { nodeSql } from "../../sandbox/sql.ts";
import { Ledger } from "../../src/ledger.ts";
import type { StoredRecord } from "../../src/stored/record.ts";
import type { Roll } from "../../src/stored/roll.ts";
import { type Outlets, Tenancy } from "../../src/stored/tenancy.ts";
import { FakeRelay } from "./fake-relay.ts";
import { configKey, fakeRegister } from "./register.ts";

export class Tenants {
  readonly register = fakeRegister();
  readonly kv = new Map<string, string>();
  readonly ledgers = new Map<string, Ledger>();
  readonly tenancies = new Map<string, Tenancy>();
  readonly relays = new Map<string, FakeRelay>();
  /** KV refuses. */
  kvFails = false;
  env: Record<string, unknown> = { CONFIG_KEY: configKey, WORKSPACES: [], DESTINATIONS: [] };

  get roll(): Roll {
    return this.register.roll;
  }

  /** As the Durable Object has it in this life. */
  async tenancy(id: string): Promise<Tenancy> {
    const known = this.tenancies.get(id);
    if (known) return known;
    const ledger = this.ledgers.get(id) ?? new Ledger(nodeSql());
    this.ledgers.set(id, ledger);
    const tenancy = new Tenancy(id, ledger, this.env, this.#outlets(id));
    await tenancy.load();
    this.tenancies.set(id, tenancy);
    return tenancy;
  }

  /** All objects are ended; the next question starts them, with another environment if given. */
  restart(change: Record<string, unknown> = {}): void {
    this.env = { ...this.env, ...change };
    this.tenancies.clear();
  }

  relay(id: string): FakeRelay {
    const known = this.relays.get(id);
    if (known) return known;
    const relay = new FakeRelay(id);
    this.relays.set(id, relay);
    relay.overrides = {
      configure: async (draft, expected) => {
        const tenancy = await this.tenancy(id);
        const changed = await tenancy.change(draft, expected, Date.now());
        if (changed.kind === "changed") await tenancy.publish();
        return changed;
      },
      stored: async () => {
        const { record, problem } = await this.tenancy(id);
        const state = problem === null ? "quiet" : "misconfigured";
        return record && { record, seen: { state, problem } };
      },
      retire: async (keepDays) => {
        const tenancy = await this.tenancy(id);
        const removed = tenancy.remove(keepDays, Date.now());
        await tenancy.publish();
        return removed;
      },
    };
    return relay;
  }

  #outlets(id: string): Outlets {
    const key = `workspace:${id}`;
    return {
      toKv: async (record: StoredRecord | null) => {
        if (this.kvFails) throw new Error("KV PUT failed: 429 Too Many Requests");
        if (record) this.kv.set(key, JSON.stringify(record));
        else this.kv.delete(key);
      },
      fromKv: async () => JSON.parse(this.kv.get(key) ?? "null") as unknown,
      onRoll: async () => this.roll.get(id) !== null,
      toRoll: (entry) => this.register.stub.put(entry),
      offRoll: () => this.register.stub.remove(id),
    };
  }
}
