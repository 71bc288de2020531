// How a world broke an invariant of the design, section 9.

export interface Breach {
  /** Its number there; 4a is the order that section 5 promises. */
  readonly invariant: number;
  /** One word for the kind of it: a world is shrunk as long as it fails in the same way. */
  readonly kind: string;
  readonly what: string;
  /** The events concerned, as bytes, and the destination. */
  readonly about?: { readonly destination: string; readonly json?: string };
  /** More time could mend it. */
  readonly unfinished?: boolean;
}
