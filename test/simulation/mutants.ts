// Classic mistakes of such a pipeline, each as a change of one place in the source.

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Must stand there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: "mark before delivery",
    file: "src/lane.ts",
    find: "    this.#parcels.push({ groups: this.#pack(parcel.letters), position: parcel.position });",
    replace:
      "    if (parcel.position) this.#ports.ledger.advance(this.name, parcel.position.through, parcel.position.resume, null);\n    this.#parcels.push({ groups: this.#pack(parcel.letters), position: parcel.position });",
    why: "The mark moves when the letters are taken over, not when they are delivered.",
  },
  {
    name: "strict boundary",
    file: "src/source/walk.ts",
    find: "await this.#page({ fromSecond: cursor - 1 });",
    replace: "await this.#page({ fromSecond: cursor });",
    why: "Where `from` is exclusive, the cursor's own second is never shown.",
  },
  {
    name: "next second after a page",
    file: "src/source/walk.ts",
    find: "    return toStretch(first, cursor, last - 1);",
    replace: "    return toStretch(first, cursor, last);",
    why: "A second that a full page cuts counts as complete: from = last + 1.",
  },
  {
    name: "no overlap",
    file: "src/positions.ts",
    find: "    const expected = newest - this.#overlapSeconds - walkedSeconds;",
    replace: "    const expected = through + 1;",
    why: "Each read starts where the last one ended.",
  },
  {
    name: "overlap not lengthened by the walk",
    file: "src/positions.ts",
    find: "    const walkedSeconds = 60 * Math.ceil(Math.max(0, walkedMs) / 60_000);",
    replace: "    const walkedSeconds = 0 * walkedMs;",
    why: "What appears behind a long walk while it lasts.",
  },
  {
    name: "wall clock as cursor",
    file: "src/positions.ts",
    find: "    return { through, resume: Math.max(0, Math.min(through + 1, expected)) };",
    replace:
      "    return { through, resume: Math.max(Math.min(through + 1, expected), Math.floor(this.#ports.clock.now() / 1000) - this.#overlapSeconds) };",
    why: "The next read starts at the time of this one.",
  },
  {
    name: "hash over the whole item",
    file: "src/event/identity.ts",
    find: '  const hash = createHash("sha256").update(toKey(raw, workspaceId)).digest();',
    replace:
      '  const hash = createHash("sha256").update(workspaceId + canonicalJson(raw)).digest();\n  toKey(raw, workspaceId);',
    why: "A member that is added tomorrow makes another event of each old one.",
  },
  {
    name: "twins merged",
    file: "src/event/identity.ts",
    find: "({ id: index === 0 ?",
    replace: "({ id: index >= 0 ?",
    why: "Two equal events are taken for one.",
  },
  {
    name: "mark moved on a failed send",
    file: "src/lane.ts",
    find: "        this.#health.fail(outcome.reason, outcome.retryAfterMs);\n        return false;",
    replace:
      "        this.#health.fail(outcome.reason, outcome.retryAfterMs);\n        this.#finish(parcel);\n        return false;",
    why: "A failed send is given up.",
  },
  {
    name: "dead letter that blocks",
    file: "src/lane.ts",
    find: "    this.#bury(parcel, group, reason);\n    return true;",
    replace:
      '    this.#health.fail(reason);\n    return parcel.position !== null && reason === "";',
    why: "What is refused is tried again for ever.",
  },
  {
    name: "batch mates dropped",
    file: "src/lane.ts",
    find: "          parcel.groups.splice(0, 1, group.slice(0, half), group.slice(half));\n          return true;",
    replace: "          parcel.groups.splice(0, half && 1);\n          return true;",
    why: "A batch with one refused event is dropped as a whole.",
  },
  {
    name: "settled not checked",
    file: "src/sightings.ts",
    find: "timeMs >= position.sinceMs && !settled.has(id))",
    replace: 'timeMs >= position.sinceMs && !settled.has(""))',
    why: "What the overlap shows again is sent again.",
  },
  {
    name: "settle before send",
    file: "src/lane.ts",
    find: "    this.counts.requests += 1;\n",
    replace:
      '    this.counts.requests += 1;\n    this.#ports.ledger.settle(this.name, group.map(({ event }) => event.id), "delivered", clock.now());\n',
    why: "Noted as delivered before it is: who dies in between loses it.",
  },
  {
    name: "budget not kept",
    file: "src/budget.ts",
    find: "    if (this.#left <= 0) return false;",
    replace: "    if (this.#left <= -60) return false;",
    why: "The platform ends a run that makes more requests than it may.",
  },
  {
    name: "KV written at every run",
    file: "src/marks.ts",
    find: "    if (last && this.#clock.now() - last.atMs < this.#intervalMs) return;",
    replace: "    if (last && this.#clock.now() - last.atMs < 0 * this.#intervalMs) return;",
    why: "The free plan's writes of a day are used up by noon.",
  },
];
