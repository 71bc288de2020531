// What a lane has taken over to send: letters in the groups that travel together, and where their sending stands.
import type { Confirmation } from "./deliver.ts";
import type { Letter } from "./destinations/destination.ts";

/** Letters of a stretch of the log, and where the destination stands once they are settled. */
export interface Parcel {
  readonly letters: readonly Letter[];
  /** Null for what is sent beside the walk (errands, dead letters again, notices): it moves no mark. */
  readonly position: { readonly through: number; readonly resume: number } | null;
  /** Tidemark's own events, which the ledger keeps itself until they are taken. */
  readonly notices?: true;
}

export type Group = readonly Letter[];

export class OpenParcel {
  readonly position: Parcel["position"];
  readonly notices: boolean;
  /** The first group was taken, and is asked about until it is safe. */
  confirmation: Confirmation | undefined;
  #groups: Group[];

  constructor({ position, notices }: Omit<Parcel, "letters">, groups: readonly Group[]) {
    this.position = position;
    this.notices = notices === true;
    this.#groups = [...groups];
  }

  /** The next group to send; undefined when all is settled. */
  get group(): Group | undefined {
    return this.#groups[0];
  }

  /** What is to be asked about still: only that, beside the walk. Undefined when there is nothing. */
  get pending(): OpenParcel | undefined {
    const { group, confirmation } = this;
    if (!group || !confirmation) return undefined;
    const { notices } = this;
    const rest = new OpenParcel({ position: null, ...(notices && { notices }) }, [group]);
    rest.confirmation = confirmation;
    return rest;
  }

  /** Of the first group these are left to send, in their order. */
  keep(rest: Group): void {
    this.#groups.splice(0, 1, ...(rest.length > 0 ? [rest] : []));
  }

  /** The first group becomes two: its halves, or the letter at `at` and the others. */
  split(at?: number): void {
    const [group = []] = this.#groups;
    const half = Math.ceil(group.length / 2);
    const culprit = at === undefined ? [] : group.slice(at, at + 1);
    const parts =
      culprit.length > 0
        ? [culprit, group.filter((_, i) => i !== at)]
        : [group.slice(0, half), group.slice(half)];
    this.#groups.splice(0, 1, ...parts);
  }
}

/** The groups that travel together. A letter that breaks the packing travels alone, so that it breaks nothing but itself. */
export function packed(
  pack: (letters: readonly Letter[]) => readonly Group[],
  letters: readonly Letter[],
  onBroken: (error: unknown) => void,
): readonly Group[] {
  if (letters.length === 0) return [];
  try {
    return pack(letters);
  } catch (error) {
    if (letters.length === 1) {
      onBroken(error);
      return [letters];
    }
    const half = Math.ceil(letters.length / 2);
    const parts = [letters.slice(0, half), letters.slice(half)];
    return parts.flatMap((part) => packed(pack, part, onBroken));
  }
}
