// Feeds syslog-ng: appends what is new to a file, one item a line, and remembers how far it has come.
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const { url, token, from, folder } = JSON.parse(process.env.JOB);
const cursor = `${folder}/cursor`;
let offset = Number(await readFile(cursor, "utf8").catch(() => "0"));
for (;;) {
  const query = `limit=100&sortOrder=asc&from=${from}&offset=${offset}`;
  const answer = await fetch(`${url}?${query}`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = await answer.json();
  if (!answer.ok || !Array.isArray(items) || items.length === 0) {
    await sleep(1000);
    continue;
  }
  await appendFile(`${folder}/spool`, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  offset += items.length;
  await writeFile(`${cursor}.new`, String(offset));
  await rename(`${cursor}.new`, cursor);
}
