// V8's CPU profile: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
}

export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Milliseconds that were spent in each node itself, by its id: from a sample to the next. */
export function selfMs({ samples, timeDeltas }: Profile): Map<number, number> {
  const self = new Map<number, number>();
  samples.forEach((id, i) => {
    self.set(id, (self.get(id) ?? 0) + (timeDeltas[i + 1] ?? 0) / 1000);
  });
  return self;
}
