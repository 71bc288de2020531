// A lane's requests on their way: out of the run's budget, at the receiver's pace, counted.
import type { Budget } from "./budget.ts";
import { Sender } from "./deliver.ts";
import type { BoundDestination } from "./destinations/bind.ts";
import type { Letter, Outcome, Verdict } from "./destinations/destination.ts";
import type { DestinationHealth } from "./health.ts";
import { type Load, type Queue, toLoad } from "./outbox.ts";
import type { Pace } from "./pace.ts";
import type { Ports } from "./ports.ts";
import { ofOne } from "./verdicts.ts";

interface Parts {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly pace: Pace;
  readonly condition: DestinationHealth;
  readonly queue: Queue;
}

export class Dispatch {
  budget: Budget | undefined;
  /** Requests since this was made. */
  requests = 0;
  readonly #ports: Ports;
  readonly #parts: Parts;
  readonly #sender: Sender;

  constructor(parts: Parts, ports: Ports) {
    this.#parts = parts;
    this.#ports = ports;
    this.#sender = new Sender(ports, parts.destination);
  }

  /** One request; "spent" when the run has none left, or an operator has paused the destination. */
  async send(load: Load, form: "usual" | "plain" = "usual"): Promise<Outcome | "spent"> {
    const { letters, confirmation } = load;
    const take = () => this.#take();
    if (!take()) return "spent";
    const { name, pace, condition, queue } = this.#parts;
    const { clock, ledger } = this.#ports;
    return pace.turn(async () => {
      if (condition.held) return "spent";
      if (form === "usual") queue.sending(load);
      const startedMs = clock.now();
      const outcome = await (confirmation
        ? this.#sender.ask(confirmation)
        : this.#sender.send(letters, form, take, load));
      if (outcome !== "spent" && outcome.kind === "reject" && form === "usual") queue.refused(load);
      if (outcome !== "spent")
        ledger.statistics.request(name, outcome.kind, startedMs, clock.now());
      return outcome;
    });
  }

  #take(): boolean {
    if (!this.budget?.take()) return false;
    this.requests += 1;
    return true;
  }

  /** One letter by itself, outside the ledger. Where it arrives, the destination is well again. */
  async try(letter: Letter): Promise<Verdict> {
    const { pace, queue, condition } = this.#parts;
    const outcome = await pace.turn(() => {
      queue.sending(toLoad("notices", [letter], true));
      return this.#sender.send([letter], "usual", () => true);
    });
    // Never "spent": its requests are not counted.
    const verdict = ofOne(outcome as Outcome);
    if (verdict.kind === "delivered") condition.recover();
    return verdict;
  }
}
