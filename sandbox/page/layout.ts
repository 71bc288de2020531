// The one page: what runs, what can be made to happen or fail, and what the receivers got.
import { raw } from "hono/html";
import { happenings } from "../happenings.ts";
import { type SwitchName, switches } from "../scene.ts";
import type { Board } from "./board.ts";
import type { Entry } from "./feed.ts";
import { type Html, html } from "./html.ts";

export interface PageContent {
  readonly board: Board;
  readonly entries: readonly Entry[];
  /** Where the live part goes on. */
  readonly last: number;
  /** Differs with each start of the sandbox, so that an old page knows that it is old. */
  readonly run: string;
  readonly pollSeconds: number;
}

export function page({ board, entries, last, run, pollSeconds }: PageContent): Html {
  const of = (kind: Entry["kind"]) =>
    entries.filter((entry) => entry.kind === kind).map((entry) => raw(entry.html)); // escaped when drawn
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidemark sandbox</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/panes.css">
<link rel="stylesheet" href="/slack.css">
<link rel="stylesheet" href="/webhooks.css">
<script src="/client.js" type="module"></script>
</head>
<body data-run="${run}" data-last="${last}">
<header class="top">
<img src="/icon.svg" alt="" width="40" height="40">
<div>
<h1>Tidemark brings Webflow workspace activity to Slack and signed webhooks</h1>
<p>Nothing lost, nothing twice. This is the real Worker in a sandbox: switch something off, and watch it catch up.</p>
</div>
</header>
<p class="gone" role="status" hidden>The sandbox has stopped. Start it again with <code>npm start</code>; this page comes back by itself.</p>
<main>
<ol class="flow">
${webflow(board)}
${tidemark(board, pollSeconds)}
${receiver(board, "team", "Slack", "A channel; six messages a minute at most", "slack")}
${receiver(board, "siem", "SIEM", "Standard Webhooks; one an event", "siem")}
</ol>
<p class="problem" role="status" data-text="problem">${board.texts.problem ?? ""}</p>
${toolbar(board)}
<div class="panes">
<section class="slack" aria-labelledby="slack-title">
<h2 id="slack-title"><span aria-hidden="true">#</span> webflow-activity</h2>
<div class="scroll" data-feed="slack" role="log" aria-label="Slack messages" tabindex="0"><p class="empty">No message yet. The first comes in a moment.</p>${of("slack")}</div>
</section>
<section class="webhooks" aria-labelledby="webhooks-title">
<h2 id="webhooks-title">POST <span>siem.harborline.example/in</span></h2>
<div class="scroll" data-feed="webhook" role="log" aria-live="off" aria-label="Webhook deliveries" tabindex="0"><p class="empty">No delivery yet.</p>${of("webhook")}</div>
</section>
</div>
</main>
</body>
</html>`;
}

function webflow(board: Board): Html {
  return html`<li class="station">
<h2>Webflow ${pill(board, "webflow")}</h2>
<p class="about">Audit log of a pretended workspace</p>
<p class="count">${text(board, "events")}</p>
<div class="switches"><span>Fail with</span>${toggle(board, "throttle", "429")}${toggle(board, "error", "500")}${toggle(board, "refuse", "401")}</div>
</li>`;
}

function tidemark(board: Board, pollSeconds: number): Html {
  return html`<li class="station own">
<h2>Tidemark ${pill(board, "tidemark")}</h2>
<p class="about">Looks every ${pollSeconds} s; in production, every 10 s</p>
<p class="count">${text(board, "reads")} <small>${text(board, "read")}</small></p>
<div class="switches"><form method="post" action="/do/sync"><button class="act">Sync now</button></form><span>${text(board, "dead")}</span></div>
</li>`;
}

function receiver(
  board: Board,
  name: "team" | "siem",
  title: string,
  about: string,
  down: SwitchName,
): Html {
  return html`<li class="station">
<h2>${title} ${pill(board, name)}</h2>
<p class="about">${about}</p>
<p class="count">${text(board, `${name}.arrived`)} <small>arrived, ${tinted(board, `${name}.twice`)}</small></p>
<div class="switches">${toggle(board, down, "Down")}</div>
</li>`;
}

function toolbar(board: Board): Html {
  const buttons = Object.entries(happenings).map(
    ([name, { label }]) =>
      html`<form method="post" action="/do/${name}"><button class="act">${label}</button></form>`,
  );
  return html`<section class="toolbar" aria-labelledby="toolbar-title">
<h2 id="toolbar-title">Make something happen</h2>
<div class="buttons">${buttons}</div>
${toggle(board, "activity", "Background activity")}
</section>`;
}

const text = (board: Board, name: string): Html =>
  html`<span data-text="${name}">${board.texts[name] ?? ""}</span>`;

const tinted = (board: Board, name: string): Html =>
  html`<span data-tone="${board.tones[name] ?? "idle"}" data-tone-of="${name}" data-text="${name}">${board.texts[name] ?? ""}</span>`;

const pill = (board: Board, name: string): Html =>
  html`<span class="pill">${tinted(board, name)}</span>`;

function toggle(board: Board, name: SwitchName, label: string): Html {
  return html`<form method="post" action="/switch/${name}"><button class="toggle" role="switch" aria-label="${switches[name]}" aria-checked="${String(board.switches[name])}" data-switch="${name}"><i></i>${label}</button></form>`;
}
