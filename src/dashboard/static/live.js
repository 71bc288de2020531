// Keeps a page fresh: its main part is fetched anew while somebody looks at it. All else works without.
const everyMs = 10_000;
const main = document.querySelector("[data-live]");
const state = document.querySelector("[data-state]");
const clock = document.querySelector("[data-clock]");
const spoken = document.querySelector("[data-spoken]");

// What was said after a form is not said again by a reload, nor by the next refresh.
const address = new URL(location.href);
address.searchParams.delete("notice");
address.searchParams.delete("on");
history.replaceState(null, "", address);
address.hash = "";

/** Somebody fills in a field, has a menu open, or has marked a text: nothing is changed under their hands. */
function busy() {
  return (
    document.activeElement?.matches("input, select, textarea") ||
    main.querySelector(".menu[open]") !== null ||
    !document.getSelection().isCollapsed
  );
}

/** How to find an element again in a page that was made anew. */
function keyOf(element) {
  if (!main.contains(element) || element === main) return undefined;
  const { name, value, href, form } = element;
  const label = element.getAttribute("aria-label");
  const owner = element.closest("[data-key]")?.dataset.key;
  return [element.localName, name, value, href, form?.getAttribute("action"), label, owner].join(
    " ",
  );
}

function swap(fresh) {
  const open = new Map(
    [...main.querySelectorAll("details[data-key]")].map((one) => [one.dataset.key, one.open]),
  );
  const focused = keyOf(document.activeElement);
  const scrolled = [...main.querySelectorAll(".json")].map(({ scrollTop }) => scrollTop);
  // What was said after a form stays, or all below it would jump.
  const notice = main.querySelectorAll(":scope > .notice[role=status]");
  main.replaceChildren(...notice, ...fresh.childNodes);
  for (const one of main.querySelectorAll("details[data-key]"))
    one.open = open.get(one.dataset.key) ?? one.open;
  for (const [i, box] of main.querySelectorAll(".json").entries()) box.scrollTop = scrolled[i] ?? 0;
  if (focused === undefined) return;
  const same = [...main.querySelectorAll("a, button, summary, section")].find(
    (one) => keyOf(one) === focused,
  );
  same?.focus({ preventScroll: true });
}

async function refresh() {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (fresh === null) {
    // It has come to its end, as a re-sync that is sent.
    location.reload();
    return;
  }
  if (busy()) return;
  swap(fresh);
  const now = page.querySelector("[data-clock]");
  clock.dateTime = now.dateTime;
  clock.textContent = now.textContent;
  const words = page.querySelector("[data-spoken]").textContent;
  if (spoken.textContent !== words) spoken.textContent = words;
}

async function go() {
  if (document.visibilityState === "visible" && !busy()) {
    try {
      await refresh();
    } catch {
      state.textContent = "Not refreshed since";
      state.parentElement.classList.add("stale");
      return;
    }
  }
  setTimeout(go, everyMs);
}
setTimeout(go, everyMs);
