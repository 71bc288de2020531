// Whether the log's filters include their ends, and by second or by millisecond, is documented nowhere. It is found
// out by counting: of the ways in which a filter may count its ends, those stay that explain every count seen so far.

/** Events of a window by whole seconds, and of the seconds at its ends, which the filter may count or not. */
export interface WindowCounts {
  readonly within: number;
  readonly from: EndCounts;
  readonly to: EndCounts;
}

interface EndCounts {
  readonly second: number;
  /** Of these, at the second's first millisecond exactly. */
  readonly exact: number;
}

const fromRules = {
  included: ({ second }: EndCounts) => second,
  excluded: () => 0,
  excludedToTheMillisecond: ({ second, exact }: EndCounts) => second - exact,
} as const;

const toRules = {
  included: ({ second }: EndCounts) => second,
  excluded: () => 0,
  includedToTheMillisecond: ({ exact }: EndCounts) => exact,
} as const;

interface Rules {
  readonly from: keyof typeof fromRules;
  readonly to: keyof typeof toRules;
}

const all: readonly Rules[] = (Object.keys(fromRules) as Rules["from"][]).flatMap((from) =>
  (Object.keys(toRules) as Rules["to"][]).map((to) => ({ from, to })),
);

export class WindowEnds {
  /** The rules that are still possible; plain data, to be kept. */
  rules: readonly Rules[];

  constructor(rules: readonly Rules[] = all) {
    this.rules = rules;
  }

  /** How many events of the ends the log may count; one number where the rules left agree. */
  extras({ from, to }: WindowCounts): readonly number[] {
    return [
      ...new Set(this.rules.map((rules) => fromRules[rules.from](from) + toRules[rules.to](to))),
    ];
  }

  /** Learns from a window that is known exactly. False when no rule explains it: then all are possible again. */
  learn(counts: WindowCounts, total: number): boolean {
    const left = this.rules.filter(
      (rules) =>
        counts.within + fromRules[rules.from](counts.from) + toRules[rules.to](counts.to) === total,
    );
    this.rules = left.length > 0 ? left : all;
    return left.length > 0;
  }
}
