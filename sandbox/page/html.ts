// HTML made of tagged templates: whatever is put into one is escaped, unless it is such a template itself.
import { html } from "hono/html";

export { html };
export type Html = ReturnType<typeof html>;

/** The page has nothing asynchronous in its templates, so that each of them is a string already. */
export function toText(markup: Html): string {
  if (markup instanceof Promise) throw new TypeError("a template of the page is asynchronous");
  return String(markup);
}

/** A time as UTC; the page's script puts it in the reader's own zone. `format` is in Slack's tokens. */
export function time(ms: number, format: string, fallback = utc(ms)): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" data-format="${format}">${fallback}</time>`;
}

const utc = (ms: number) => `${new Date(ms).toISOString().slice(11, 16)} UTC`;
