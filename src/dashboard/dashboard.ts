// The dashboard: pages made on the server, forms that work without JavaScript, and their few static files.
import type { Api } from "../routes/api.ts";
import { addForms } from "./forms.ts";
import { addListPage } from "./list.tsx";
import { addPages } from "./pages.tsx";
import { Site } from "./site.tsx";
import { files } from "./static.ts";

const aYear = 31_536_000;

export function addDashboard(api: Api): Api {
  const site = new Site(api);
  addPages(site);
  addForms(site);
  addListPage(site);
  api.app.get("/dashboard/static/:version/:file", (c) => {
    const file = files.get(c.req.param("file"));
    if (!file) return c.notFound();
    return c.body(file.text, 200, {
      "content-type": file.type,
      // Another text has another address.
      "cache-control": `public, max-age=${aYear}, immutable`,
      "x-content-type-options": "nosniff",
    });
  });
  return api;
}
