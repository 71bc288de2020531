// A message to a Teams workflow: its envelope as Microsoft describes it, the card by Microsoft's own reader of cards.
// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
import { createRequire } from "node:module";
import type * as AdaptiveCards from "adaptivecards";
import { isObject } from "../../src/source/record.ts";
import { differences } from "./differences.ts";

// The package's ES modules cannot be loaded by Node; its bundle can.
const { AdaptiveCard, SerializationContext, Version } = createRequire(import.meta.url)(
  "adaptivecards/dist/adaptivecards.js",
) as typeof AdaptiveCards;

/** What is wrong with a message, as received. */
export function teamsFaults(message: unknown): string[] {
  if (!isObject(message)) return ["it is no object"];
  const { type, attachments, ...others } = message;
  if (Object.keys(others).length > 0) return [`${Object.keys(others)} is not of the envelope`];
  if (type !== "message" || !Array.isArray(attachments)) return ["it is no message"];
  return attachments.flatMap((attachment) => {
    if (!isObject(attachment)) return ["an attachment is no object"];
    if (attachment.contentType !== "application/vnd.microsoft.card.adaptive") {
      return [`an attachment is ${attachment.contentType}`];
    }
    return cardFaults(attachment.content);
  });
}

/** The reader tells of what it does not know, and drops what it cannot use: what it read must be what was sent. */
function cardFaults(card: unknown): string[] {
  if (!isObject(card)) return ["the card is no object"];
  // A host extension, which the reader does not know: https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format
  const { msteams: _, ...content } = card;
  const version = Version.parse(String(card.version), new SerializationContext());
  if (!version?.isValid) return [`the version is ${card.version}`];
  const context = new SerializationContext(version);
  const read = new AdaptiveCard();
  read.parse(content, context);
  const events = Array.from({ length: context.eventCount }, (_, n) => context.getEventAt(n));
  return [
    ...events.map(({ message }) => message),
    ...read.validateProperties().validationEvents.map(({ message }) => message),
    ...differences(content, { ...read.toJSON(new SerializationContext(version)) }),
  ];
}
