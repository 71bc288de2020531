// What a developer writes in an afternoon, with care: the official SDK, a signature of the standard's own library, a
// cursor file that moves page by page, and as many tries as it takes. It runs where its packages are installed.
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { IncomingWebhook } from "@slack/webhook";
import { Webhook } from "standardwebhooks";
import { WebflowClient } from "webflow-api";

const { base, workspace, token, sinceMs, urls, secret, form, cursorFile } = JSON.parse(
  process.env.JOB,
);
const webflow = new WebflowClient({ accessToken: token, baseUrl: base });
const webhook = new Webhook(secret);
const slacks = new Map(urls.map((url) => [url, new IncomingWebhook(url)]));

async function readCursor() {
  try {
    return JSON.parse(await readFile(cursorFile, "utf8"));
  } catch {
    return { from: new Date(sinceMs).toISOString(), sent: [] };
  }
}

async function saveCursor(cursor) {
  await writeFile(`${cursorFile}.new`, JSON.stringify(cursor));
  await rename(`${cursorFile}.new`, cursorFile);
}

async function again(work) {
  for (let waitMs = 500; ; waitMs = Math.min(30_000, waitMs * 2)) {
    try {
      return await work();
    } catch (error) {
      console.error(String(error));
      await sleep(waitMs * (0.5 + Math.random() / 2));
    }
  }
}

async function post(url, id, content) {
  const body = JSON.stringify(content);
  const now = new Date();
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": webhook.sign(id, now, body),
  };
  const answer = await fetch(url, { method: "POST", headers, body });
  await answer.text();
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
}

const idOf = (item) =>
  `${+item.timestamp}-${item.eventType}-${item.eventSubType}-${item.actor?.id ?? ""}`;

const forms = {
  async one(url, items) {
    for (const item of items) await again(() => post(url, idOf(item), item));
  },
  async page(url, items) {
    await Promise.all(items.map((item) => again(() => post(url, idOf(item), item))));
  },
  async batch(url, items) {
    await again(() => post(url, `${idOf(items[0])}-${items.length}`, items));
  },
  async slack(url, items) {
    for (const { actor, eventType, eventSubType, timestamp } of items) {
      const text = `${actor.email} (${actor.id}): ${eventType} ${eventSubType} at ${timestamp.toISOString()}`;
      await again(() => slacks.get(url).send({ text }));
    }
  },
};

let cursor = await readCursor();
for (;;) {
  const { items } = await again(async () => {
    const query = { limit: 100, sortOrder: "asc", from: new Date(cursor.from) };
    const page = await webflow.workspaces.auditLogs.getWorkspaceAuditLogs(workspace, query);
    // What is no JSON the SDK takes for a page without items.
    if (!Array.isArray(page.items)) throw new Error("the page has no items");
    return page;
  });
  const fresh = items.filter((item) => !cursor.sent.includes(idOf(item)));
  if (fresh.length === 0) {
    await sleep(1000);
    continue;
  }
  await Promise.all(urls.map((url) => forms[form](url, fresh)));
  const last = fresh.at(-1).timestamp;
  const sent = items.filter(({ timestamp }) => +timestamp === +last).map(idOf);
  cursor = { from: last.toISOString(), sent };
  await saveCursor(cursor);
}
