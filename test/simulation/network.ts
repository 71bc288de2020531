// The way to the world and back: it takes its time, and who waits at the end of it may be dead or have given up.
import { integer, type Random } from "../../sandbox/random.ts";
import type { Process } from "./process.ts";
import type { Receiver } from "./receivers.ts";
import type { Shown } from "./truth.ts";
import type { World } from "./world.ts";

export class Network {
  /** Each way takes up to so long. */
  latencyMs: number;
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.latencyMs = world.drawn.latencyMs;
  }

  /** A request on its way arrives, whatever becomes of who sent it. */
  async send(request: Request, process: Process): Promise<Response> {
    const receiver = [...this.#world.receivers.values()].find((one) => one.owns(request.url));
    // Who is dead sends nothing that anybody would hear of.
    this.#world.oracle.onRequest(process.alive ? receiver : undefined);
    await this.#delay();
    if (request.signal.aborted) return never();
    if (!receiver) return this.#pull(request, process);
    return this.#deliver(receiver, request, process);
  }

  async #deliver(receiver: Receiver, request: Request, process: Process): Promise<Response> {
    const work = receiver.fetch(request);
    if (!process.alive) receiver.orphans.add(receiver.requests);
    const { name: destination } = receiver.drawn;
    const note = (said: string) =>
      this.#world.notes.add(() => `${destination} ${receiver.last}: ${said}`, {
        destination,
        jsons: receiver.lastJsons,
      });
    try {
      const { response, told } = await work;
      note(`HTTP ${response.status}`);
      await this.#delay();
      const heard = process.alive && !request.signal.aborted;
      if (heard) this.#world.oracle.onTaken(receiver, told, process);
      return response;
    } catch (error) {
      note(String(error));
      throw error;
    }
  }

  async #pull(request: Request, process: Process): Promise<Response> {
    this.#world.truths.shown = undefined;
    this.#world.faults.last = null;
    // The answer is made before this returns: no other request comes between.
    const work = this.#world.api.fetch(request);
    const shown = this.#world.truths.shown as Shown | undefined; // set while the answer was made
    const spoilt = this.#world.faults.last !== null;
    const hears = () => process.alive && !request.signal.aborted;
    try {
      const answer = await work;
      await this.#delay();
      const said = `${answer.status}${spoilt ? `, ${this.#world.faults.last}` : ""}${hears() ? "" : ", unheard"}`;
      this.#world.notes.add(
        () => `log ${request.url.split("?")[1]}: ${shown?.jsons.length ?? 0} shown, ${said}`,
        {
          jsons: shown?.jsons ?? [],
        },
      );
      if (hears()) this.#world.oracle.onPulled(answer.status, spoilt ? undefined : shown);
      return answer;
    } catch (error) {
      if (hears()) this.#world.oracle.onPulled(0, undefined);
      throw error;
    }
  }

  async #delay(): Promise<void> {
    await this.#world.clock.sleep(integer(this.#random, 0, this.latencyMs));
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
