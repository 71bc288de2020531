// What each loses and repeats: receivers that fail for a while, and a SIGKILL with a new start, three times.
import type { Mode, Peer } from "../peers/peer.ts";
import type { Row, Section } from "../table.ts";
import { type Bench, type Measured, type Task, work } from "../work.ts";

const modes: Readonly<Partial<Record<Mode, string>>> = {
  single: "one signed request each",
  batch: "batches of 100, signed",
};
const outageMs = 3000;
const most = 3000;

export async function faults(bench: Bench): Promise<Section[]> {
  const events = Math.min(bench.events, most);
  const rows: Row[] = [];
  for (const [mode, title] of Object.entries(modes) as [Mode, string][]) {
    const task: Task = { mode, destinations: 1, events, warmUp: 0, settle: true };
    for (const peer of bench.peers.filter((one) => one.modes.includes(mode) && !one.missing())) {
      const trouble = { afterEvents: Math.round(events * 0.3), ms: outageMs };
      const outage = await attempt(bench, peer, { ...task, rules: { outage: trouble } });
      const kills = [0.25, 0.5, 0.75].map((share) => Math.round(events * share));
      const killed = await attempt(bench, peer, { ...task, kills });
      rows.push({
        how: title,
        who: peer.name,
        "outage: lost": [outage.lost],
        "outage: repeated": [outage.counts.repeated],
        "outage: requests refused": [outage.counts.refused],
        "3 kills: lost": [killed.lost],
        "3 kills: repeated": [killed.counts.repeated],
      });
      bench.say(`faults: ${title}: ${peer.name}: ${JSON.stringify(rows.at(-1))}`);
    }
  }
  return [
    {
      title: `${events.toLocaleString("en")} events through faults`,
      rows,
      notes: [
        `outage: after 30 % the receiver answers 500 for ${outageMs / 1000} s`,
        "killed by SIGKILL at 25, 50 and 75 %, at the very arrival of a request, before it can be noted anywhere; and started anew each time",
        "lost: not delivered when nothing more came for 20 s",
      ],
    },
  ];
}

const attempt = (bench: Bench, peer: Peer, task: Task): Promise<Measured> =>
  work(bench, peer, { ...task, stallMs: 20_000 });
