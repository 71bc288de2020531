// What one digest leaves to the next, as plain JSON: the invitations that are open, and those that were closed of late.
import * as z from "zod";

/** A moment in the log's order: time, then id. */
const moment = z.string().max(200);
const name = z.string().max(200).nullable();

const invitation = z.object({
  /** A hash of the workspace and the person. */
  key: z.string().max(64),
  email: name,
  id: name,
  role: name,
  userType: name,
  by: z.object({ type: z.enum(["person", "token", "unknown"]), id: name, email: name }).nullable(),
  /** When role and sender were last told. */
  toldAt: moment,
  /** When it was first sent since it was last closed; null: it is not open. */
  sentAt: moment.nullable(),
  /** Its sending was not seen: it is older than `sentAt`. */
  older: z.boolean(),
  /** How often it was sent; it waits since the first time. */
  sendings: z.int().nonnegative(),
  lastSentAt: moment.nullable(),
  closedAt: moment.nullable(),
});

export type Invitation = z.infer<typeof invitation>;

export interface Memory {
  readonly version: 1;
  readonly invitations: readonly Invitation[];
  /** Open ones that were forgotten, as there were too many. */
  readonly forgotten: number;
}

export const emptyMemory: Memory = { version: 1, invitations: [], forgotten: 0 };

/** Open invitations that are remembered, and as many that are closed. */
export const mostInvitations = 500;

const memory = z.object({
  version: z.literal(1),
  invitations: z.array(z.unknown()),
  forgotten: z.int().nonnegative().catch(0),
});

/** From what was saved. What is of another version, or cannot be read, is left out: a digest is sent all the same. */
export function parseMemory(saved: unknown): Memory {
  const { data } = memory.safeParse(saved);
  if (!data) return emptyMemory;
  const invitations = data.invitations.flatMap((one) => invitation.safeParse(one).data ?? []);
  return { ...data, invitations };
}
