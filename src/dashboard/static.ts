// What the pages are served with, the same for everybody: the style sheet, the script, the icon.
import { createHash } from "node:crypto";
import script from "./static/live.js";
import style from "./static/style.css";

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><title>Tidemark</title><rect width="36" height="36" rx="8" fill="#0d4f5c"/><path d="M0 23c4 0 4-4 9-4s5 4 9 4 5-4 9-4 5 4 9 4v5a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8Z" fill="#49b3bd"/><path d="M6 11h24M6 15.5h14" stroke="#e9f6f6" stroke-width="2.4" stroke-linecap="round"/></svg>`;

interface StaticFile {
  readonly type: string;
  readonly text: string;
}

export const files: ReadonlyMap<string, StaticFile> = new Map(
  Object.entries({
    "style.css": { type: "text/css; charset=utf-8", text: style },
    "live.js": { type: "text/javascript; charset=utf-8", text: script },
    "icon.svg": { type: "image/svg+xml", text: icon },
  }),
);

/** Part of their addresses, so that they may be kept for as long as a browser likes. */
const version = createHash("sha256")
  .update(style + script + icon)
  .digest("hex")
  .slice(0, 10);

export function fileUrl(name: "style.css" | "live.js" | "icon.svg"): string {
  return `/dashboard/static/${version}/${name}`;
}
