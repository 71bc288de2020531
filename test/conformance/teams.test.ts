// Teams messages by Microsoft's own reader of adaptive cards.
import { describe, expect, test } from "vitest";
import { everyItem, generated } from "./items.ts";
import { sender, textOf } from "./requests.ts";
import { teamsFaults } from "./teams-rules.ts";

const teams = sender("teams", {
  url: "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=k3yk3yk3y",
});

everyItem("a card has only what adaptive cards have", (sample) =>
  teamsFaults(JSON.parse(textOf(teams.send(sample)))),
);

test("digests have only what adaptive cards have", () => {
  const digests = teams.sendAll(generated);
  expect(digests.length).toBeGreaterThan(1);
  expect(digests.flatMap((request) => teamsFaults(JSON.parse(textOf(request))))).toEqual([]);
});

const title = { type: "TextBlock", text: "Someone logged in.", wrap: true, weight: "Bolder" };
const action = { type: "Action.OpenUrl", title: "Open", url: "https://webflow.com/dashboard" };
const card = {
  type: "AdaptiveCard",
  $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
  version: "1.4",
  msteams: { width: "Full" },
  body: [
    title,
    { type: "FactSet", facts: [{ title: "Actor", value: "ann@acme.com" }] },
    { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "x", isSubtle: true }] },
  ],
  actions: [action],
};
const message = (change: object = {}, contentType = "application/vnd.microsoft.card.adaptive") => ({
  type: "message",
  attachments: [{ contentType, contentUrl: null, content: { ...card, ...change } }],
});

describe("the check of Teams", () => {
  test("finds nothing wrong with a good message", () => {
    expect(teamsFaults(message())).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["it is the message of another connector", { text: "Someone logged in." }],
    ["the envelope has a field too many", { ...message(), summary: "x" }],
    ["the attachment is of another kind", message({}, "application/json")],
    ["the card is another thing", message({ type: "Card" })],
    ["the version is missing", message({ version: undefined })],
    ["the version is none that exists", message({ version: "9.9" })],
    ["an element is unknown", message({ body: [{ ...title, type: "TextBlok" }] })],
    ["an element has a field that is unknown", message({ body: [{ ...title, colour: "red" }] })],
    ["a text is a number", message({ body: [{ ...title, text: 5 }] })],
    ["a flag is a text", message({ body: [{ ...title, wrap: "yes" }] })],
    ["a value is none that exists", message({ body: [{ ...title, weight: "Heavy" }] })],
    ["an action is unknown", message({ actions: [{ ...action, type: "Action.Open" }] })],
    ["an action leads nowhere", message({ actions: [{ type: "Action.OpenUrl", title: "x" }] })],
    [
      "a run of text is unknown",
      message({ body: [{ type: "RichTextBlock", inlines: [{ type: "Text", text: "x" }] }] }),
    ],
  ])("finds that %s", (_, wrong) => {
    expect(teamsFaults(JSON.parse(JSON.stringify(wrong)))).not.toEqual([]);
  });
});
