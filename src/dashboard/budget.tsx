// What today takes of Cloudflare's plan: a bar for each resource that matters, as far as it is used and as it will be.
import { type Resource, resources } from "../governor/plans.ts";
import { type BudgetStatus, resourceNames } from "../governor/status.ts";
import { count } from "./words.ts";

export function BudgetPanel({ budget }: { readonly budget: BudgetStatus }) {
  const { plan, standing, problem, pollSeconds } = budget;
  const tight = resources.filter((name) => partOf(budget, name) >= 0.1);
  return (
    <section class="card budget">
      <h3>Today → midnight UTC, of the {plan} plan</h3>
      {standing === "slow" && <p class="remark bad">{problem}</p>}
      <ul>
        {tight.map((name) => (
          <Line name={name} {...budget.resources[name]} />
        ))}
      </ul>
      <p class="remark">
        {tight.length < resources.length && "All else: below a tenth. "}
        Polled every {pollSeconds} s.
      </p>
    </section>
  );
}

function partOf({ resources }: BudgetStatus, name: Resource): number {
  return resources[name].forecast / Math.max(1, resources[name].limit);
}

function Line({
  name,
  used,
  limit,
  forecast,
}: BudgetStatus["resources"][Resource] & { readonly name: Resource }) {
  const part = (n: number) => `${Math.min(100, Math.round((100 * n) / Math.max(1, limit)))}%`;
  return (
    <li>
      {resourceNames[name]}{" "}
      <b>
        {count(used)} → {count(forecast)}
      </b>{" "}
      of {count(limit)}
      <svg aria-hidden="true">
        <rect class={forecast > limit ? "bad" : undefined} width={part(forecast)} />
        <rect width={part(used)} />
      </svg>
    </li>
  );
}
