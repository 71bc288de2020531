// One message drawn as Slack draws it.
import type { SlackPayload } from "../receivers/slack.ts";
import { type Html, html, time } from "./html.ts";
import { mrkdwn, plain } from "./mrkdwn.ts";

type Block = NonNullable<SlackPayload["blocks"]>[number];
type Attachment = NonNullable<SlackPayload["attachments"]>[number];
type TextObject = { readonly type: "plain_text" | "mrkdwn"; readonly text: string };

export function slackMessage(payload: SlackPayload, receivedAtMs: number): Html {
  const { text = "", blocks = [], attachments = [] } = payload;
  // Beside blocks, the text is only for notifications.
  const body =
    blocks.length > 0 ? blocks.map(toHtml) : html`<p class="section">${mrkdwn(text)}</p>`;
  return html`<article class="message">
<img class="avatar" src="/icon.svg" alt="" width="36" height="36">
<div class="content">
<header><b class="sender">Tidemark</b> <span class="app">APP</span> ${time(receivedAtMs, "{time}")}</header>
${body}
${attachments.map(attachment)}
</div>
</article>`;
}

function attachment({ color, blocks = [], text, fallback = "" }: Attachment): Html {
  const body =
    blocks.length > 0 ? blocks.map(toHtml) : section({ type: "mrkdwn", text: text ?? fallback });
  // The colour is an attribute of SVG: the page's policy allows no inline styles.
  return html`<div class="attachment">
<svg class="bar" width="4" aria-hidden="true"><rect width="4" height="100%" rx="2" fill="${colour(color)}"/></svg>
<div class="content">${body}</div>
</div>`;
}

const named: Readonly<Record<string, string>> = {
  good: "#2eb67d",
  warning: "#ecb22e",
  danger: "#e01e5a",
};

function colour(value = ""): string {
  return named[value] ?? (/^#?[0-9a-f]{6}$/i.test(value) ? `#${value.replace("#", "")}` : "#ddd");
}

function toHtml(block: Block): Html {
  switch (block.type) {
    case "header":
      return html`<h3>${rich(block.text)}</h3>`;
    case "section":
      return html`${block.text ? section(block.text) : ""}${block.fields ? fields(block.fields) : ""}`;
    case "context":
      return html`<p class="context">${block.elements.map((element) => html`<span>${"text" in element ? rich(element) : plain(element.alt_text)}</span> `)}</p>`;
    case "actions":
      return html`<p class="actions">${block.elements.map(({ text }) => html`<span>${rich(text)}</span>`)}</p>`;
    case "image":
      return html`<p class="context">${plain(block.alt_text)}</p>`;
    case "divider":
      return html`<hr>`;
  }
}

const section = (text: TextObject) => html`<p class="section">${rich(text)}</p>`;

const fields = (texts: readonly TextObject[]) =>
  html`<div class="fields">${texts.map((text) => html`<p>${rich(text)}</p>`)}</div>`;

function rich({ type, text }: TextObject): Html {
  return type === "mrkdwn" ? html`${mrkdwn(text)}` : plain(text);
}
