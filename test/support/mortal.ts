// A process that dies at one of its calls to the outside: before the call arrives, or after it was heard.
import type { Sql } from "../../src/sql.ts";
import type { World } from "./world.ts";

export interface Death {
  /** At which call, counted from 1. */
  readonly call: number;
  readonly when: "before" | "after";
}

export interface Mortal {
  readonly alive: boolean;
  /** `<destination> <event>` of what receivers took without the process learning of it. */
  readonly unheard: readonly string[];
}

/** Starts a new process in the world that will die so. What it still does when it is dead reaches nobody. */
export function mortal(world: World, sql: Sql, death: Death): Mortal {
  const unheard: string[] = [];
  const process = { alive: true, unheard };
  world.sql = {
    exec: (query, ...bindings) => (process.alive ? sql.exec(query, ...bindings) : []),
    transaction: (work) => (process.alive ? sql.transaction(work) : work()),
    used: () => sql.used(),
  };
  world.restart();
  let calls = 0;
  const { fetch } = world.ports;
  Object.assign(world.ports, {
    fetch: async (request: Request) => {
      calls += 1;
      if (!process.alive) return never();
      if (calls === death.call && death.when === "before") process.alive = false;
      if (!process.alive) return never();
      const inbox = world.inboxes[new URL(request.url).host.split(".")[0] ?? ""];
      const taken = inbox?.received.length;
      const answer = await fetch(request);
      if (calls >= death.call) process.alive = false;
      if (process.alive) return answer;
      for (const [name, { received }] of Object.entries(world.inboxes))
        if (world.inboxes[name] === inbox)
          unheard.push(...received.slice(taken).map(({ id }) => `${name} ${id}`));
      return never();
    },
  });
  return process;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
