// One destination of one workspace, and which of them share a read.

import { DigestQueue } from "./calm/digest-queue.ts";
import type { Lists } from "./calm/lists.ts";
import { CalmQueue } from "./calm/queue.ts";
import { Slots } from "./calm/slots.ts";
import type { DestinationConfig } from "./config.ts";
import type { BoundDestination } from "./destinations/bind.ts";
import type { Letter } from "./destinations/destination.ts";
import type { AuditEvent } from "./event/event.ts";
import { idPrefix } from "./event/identity.ts";
import { Lane } from "./lane.ts";
import { Pace } from "./pace.ts";
import type { Ports } from "./ports.ts";
import { router } from "./route.ts";

export interface Member {
  readonly config: DestinationConfig;
  readonly lane: Lane;
  wants(event: AuditEvent): boolean;
}

export interface Group {
  /** The second from which the shared read starts. */
  from: number;
  /** When the walk began, perhaps in an earlier run. */
  startedMs: number;
  members: Member[];
}

export function toMembers(
  destinations: readonly DestinationConfig[],
  workspaceId: string,
  ports: Ports,
  lists: Lists,
): Member[] {
  const paces = new Map<string, Pace>();
  return destinations
    .filter(({ workspaces }) => workspaces.length === 0 || workspaces.includes(workspaceId))
    .map((config) => {
      const { name, destination } = config;
      const { paceKey = name, minIntervalMs } = destination;
      const pace = paces.get(paceKey) ?? new Pace(ports.clock, minIntervalMs);
      paces.set(paceKey, pace);
      const lane = new Lane(
        name,
        destination,
        ports,
        pace,
        calm(config, ports, lists, workspaceId),
      );
      return { config, lane, wants: router(config) };
    });
}

/** What keeps a channel calm that people read; undefined for all others. */
function calm(
  { name, view, maxPerMinute, digest }: DestinationConfig,
  ports: Ports,
  lists: Lists,
  workspaceId: string,
) {
  const link = (letters: readonly Letter[]) => lists.link(name, letters);
  if (digest) return () => new DigestQueue({ ports, name, view, ...digest, workspaceId, link });
  if (maxPerMinute === undefined) return undefined;
  const slots = new Slots(name, maxPerMinute, ports);
  return (lane: Lane, pack: BoundDestination["pack"]) =>
    new CalmQueue({ slots, clock: ports.clock, reading: () => lane.reading, pack, link });
}

/** As many events as a page holds are read again for company; more would be read for nothing. */
const mostAgain = 100;

/**
 * Destinations whose next reads start within the overlap of each other share one read, unless much lies between them.
 * Those at the head of the log come first; one without a position is left out.
 */
export function toGroups(
  members: readonly Member[],
  { clock, ledger }: Ports,
  overlapSeconds: number,
): Group[] {
  const groups: (Group & { head: number })[] = [];
  const standing = members
    .flatMap((member) => {
      const { waypoint } = member.lane.progress;
      const from = member.lane.nextSecond;
      const startedMs = waypoint?.startedMs ?? clock.now();
      return from === undefined ? [] : [{ member, from, startedMs }];
    })
    .sort((a, b) => b.from - a.from);
  const isNear = (from: number, { head }: { readonly head: number }) =>
    head - from <= overlapSeconds &&
    (head === from ||
      ledger.events.countSeen(idPrefix(from * 1000), idPrefix(head * 1000)).all <= mostAgain);
  for (const { member, from, startedMs } of standing) {
    const group = groups.at(-1);
    if (group && isNear(from, group)) {
      group.members.push(member);
      group.from = from;
      group.startedMs = Math.min(group.startedMs, startedMs);
    } else groups.push({ from, startedMs, head: from, members: [member] });
  }
  return groups;
}

/** Who has not been read for in so long comes even before who is at the head. */
const forgottenMs = 60_000;

/** In the order in which they have their share of the source's last requests. */
export function byTurn(groups: readonly Group[], nowMs: number): Group[] {
  const waitedMs = ({ members }: Group) =>
    Math.min(...members.map(({ lane }) => Math.abs(nowMs - lane.progress.followedMs)));
  const isForgotten = (group: Group) => waitedMs(group) >= forgottenMs;
  // Of two that were never read for neither has waited longer.
  const forgotten = groups.filter(isForgotten).sort((a, b) => waitedMs(b) - waitedMs(a) || 0);
  return [...forgotten, ...groups.filter((group) => !isForgotten(group))];
}
