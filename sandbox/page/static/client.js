// Keeps the page alive: new entries, the strip at the top, times in the reader's own zone.

const sinceMidnight = (date) => Math.floor((date - date.getTimezoneOffset() * 60_000) / 86_400_000);
const formatted = (options) => (date) => new Intl.DateTimeFormat(undefined, options).format(date);
const time = formatted({ hour: "numeric", minute: "2-digit" });
const dates = {
  date_num: formatted({ year: "numeric", month: "2-digit", day: "2-digit" }),
  date: formatted({ year: "numeric", month: "long", day: "numeric" }),
  date_short: formatted({ year: "numeric", month: "short", day: "numeric" }),
  date_long: formatted({ weekday: "long", year: "numeric", month: "long", day: "numeric" }),
};
const seconds = formatted({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const near = ["Today", "Yesterday"];

/** Slack's tokens: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function filled(format, date) {
  return format.replace(/\{(\w+)\}/g, (token, name) => {
    if (name === "time") return time(date);
    if (name === "time_secs") return seconds(date);
    const days = sinceMidnight(new Date()) - sinceMidnight(date);
    if (name.endsWith("_pretty") && near[days]) return near[days];
    return dates[name.replace("_pretty", "")]?.(date) ?? token;
  });
}

function localize(root) {
  for (const element of root.querySelectorAll("time[data-format]")) {
    const date = new Date(element.dateTime);
    element.textContent = filled(element.dataset.format, date);
    element.title = date.toISOString();
  }
}

const most = 200;

/** Whether each feed stands at its end, where the newest is. */
const atEnd = new WeakMap();

/** Keeps a feed at its end, unless somebody has scrolled away from it or reads something unfolded. */
function follow(feed) {
  if (atEnd.get(feed) && !feed.querySelector("details[open]")) feed.scrollTop = feed.scrollHeight;
}

/** `html` comes from our own server, escaped; and the page's policy lets no script in it run. */
function append(kind, html) {
  const feed = document.querySelector(`[data-feed=${kind}]`);
  const template = document.createElement("template");
  template.innerHTML = html;
  localize(template.content);
  template.content.firstElementChild.classList.add("new");
  feed.append(template.content);
  while (feed.childElementCount > most) feed.children[1].remove();
  follow(feed);
}

function show({ texts, tones, switches }) {
  for (const element of document.querySelectorAll("[data-text]")) {
    const text = texts[element.dataset.text];
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-tone-of]"))
    element.dataset.tone = tones[element.dataset.toneOf];
  for (const element of document.querySelectorAll("[data-switch]"))
    element.setAttribute("aria-checked", switches[element.dataset.switch]);
}

function listen() {
  const { run, last } = document.body.dataset;
  const live = new EventSource(`/live?${new URLSearchParams({ run, after: last })}`);
  const gone = document.querySelector(".gone");
  live.onopen = () => {
    gone.hidden = true;
  };
  live.onerror = () => {
    gone.hidden = false;
  };
  live.addEventListener("old", () => location.reload());
  live.addEventListener("board", ({ data }) => show(JSON.parse(data)));
  for (const kind of ["slack", "webhook"])
    live.addEventListener(kind, ({ data }) => append(kind, data));
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  button.setAttribute("aria-busy", "true");
  // The answer is a redirect, for browsers without scripts.
  await fetch(event.target.action, { method: "POST", redirect: "manual" }).catch(() => undefined);
  button.removeAttribute("aria-busy");
});

// `toggle` does not bubble.
document.addEventListener(
  "toggle",
  ({ target }) => target.open && target.scrollIntoView({ block: "nearest" }),
  { capture: true },
);

localize(document);
for (const feed of document.querySelectorAll("[data-feed]")) {
  atEnd.set(feed, true);
  feed.addEventListener("scroll", () =>
    atEnd.set(feed, feed.scrollHeight - feed.scrollTop - feed.clientHeight < 80),
  );
  new ResizeObserver(() => follow(feed)).observe(feed);
}
listen();
