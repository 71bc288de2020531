// What the checks need of the world: the internet or the sandbox's, and a clock.
import { type Clock, type Fetch, systemClock } from "../../src/http.ts";

export interface World {
  readonly fetch: Fetch;
  readonly clock: Clock;
}

export const realWorld: World = { fetch: (request) => fetch(request), clock: systemClock };
