// The floor: a Worker that pulls pages and posts them, signed, with a cursor for each page. No retry, no dedupe, no
// order, no filter, no format: a bound, not a competitor.

import { DurableObject } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";

export class Floor extends DurableObject {
  async run() {
    const { source, token, from, urls, secret, each, inFlight, gzip } = this.env.JOB;
    const key = Buffer.from(secret, "base64");
    const send = async (url, items) => {
      const data = JSON.stringify(each === 1 ? items[0] : items);
      const body = gzip ? gzipSync(data, { level: 3 }) : data;
      const [id, seconds] = [crypto.randomUUID(), Math.floor(Date.now() / 1000)];
      const signature = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body);
      const headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": `v1,${signature.digest("base64")}`,
        ...(gzip && { "content-encoding": "gzip" }),
      };
      const answer = await fetch(url, { method: "POST", headers, body });
      await answer.text();
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    };
    for (let offset = (await this.ctx.storage.get("offset")) ?? 0; ; ) {
      const query = `limit=100&sortOrder=asc&from=${from}&offset=${offset}`;
      const answer = await fetch(`${source}?${query}`, { headers: { authorization: token } });
      const { items, pagination } = await answer.json();
      const groups = Array.from({ length: Math.ceil(items.length / each) }, (_, i) =>
        items.slice(i * each, (i + 1) * each),
      );
      const lane = async (url, left) => {
        for (let group = left.shift(); group; group = left.shift()) await send(url, group);
      };
      const work = urls.map((url) => {
        const left = [...groups];
        return Promise.all(Array.from({ length: inFlight }, () => lane(url, left)));
      });
      await Promise.all(work);
      offset += items.length;
      if (items.length > 0) await this.ctx.storage.put("offset", offset);
      if (offset >= pagination.total) return;
    }
  }
}

const run = (env) => env.FLOOR.getByName("floor").run();

export default {
  async fetch(_, env) {
    await run(env);
    return new Response("done");
  },
  scheduled: (_, env) => run(env),
};
