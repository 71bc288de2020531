// One delivery as the webhook's receiver saw it: verified, its events, and the whole body to unfold.
import type { WebhookDelivery, WebhookMessage } from "../receivers/webhook.ts";
import { type Html, html, time } from "./html.ts";

export function webhookDelivery({ receivedAtMs, id, body, events }: WebhookDelivery): Html {
  const [only] = events;
  const type = events.length === 1 && only ? only.type : `${events.length} events`;
  const sentence = events.length === 1 && only ? summary(only) : events.map(summary).join(" · ");
  return html`<details class="delivery">
<summary>
<span class="what"><code>${type}</code> <span class="verified">Verified</span></span>
${time(receivedAtMs, "{time_secs}")}
<span class="sentence">${sentence}</span>
<span class="id">${id}</span>
</summary>
<pre tabindex="0">${json(body)}</pre>
</details>`;
}

function summary({ data, id }: WebhookMessage): string {
  const held = typeof data === "object" && data !== null && "summary" in data ? data.summary : null;
  return typeof held === "string" ? held : id;
}

// A string that a colon follows is a name; what is left is punctuation.
const token =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Indented JSON, its names, strings and other values told apart. */
function json(value: unknown): Html[] {
  const text = JSON.stringify(value, null, 2);
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [all, string, colon] = match;
    parts.push(html`${text.slice(end, match.index)}`);
    if (string && colon) parts.push(html`<i class="name">${string}</i>${colon}`);
    else parts.push(html`<i class="${string ? "string" : "value"}">${all}</i>`);
    end = match.index + all.length;
  }
  parts.push(html`${text.slice(end)}`);
  return parts;
}
