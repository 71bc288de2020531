// Slack's limits as another project has collected them, a second opinion beside the sandbox's Slack.
// https://github.com/nicklambourne/slackblocks. That the blocks have Slack's shape is checked by the compiler:
// src/destinations/slack builds them as `KnownBlock` of Slack's own `@slack/types`.
import type { KnownBlock, MessageAttachment } from "@slack/types";
import { shared } from "./shared.ts";

export const limits = shared("slack/slackblocks-limits.json");

/** Of a message, which the table leaves out: https://docs.slack.dev/reference/block-kit/blocks */
const mostBlocks = 50;

export interface Message {
  readonly text?: string;
  readonly blocks?: readonly KnownBlock[];
  readonly attachments?: readonly MessageAttachment[];
}

/** A function from a message, as received, to what is wrong with it. */
export function slackChecker(): (message: Message) => string[] {
  const { text, section, context } = limits.read();
  const long = (what: string, value: string, most: number) => {
    const length = [...value].length;
    const fits = length >= text.min_length && length <= most;
    return fits ? [] : [`${what} has ${length} characters`];
  };
  const many = (what: string, list: readonly unknown[], most: number) =>
    list.length <= most ? [] : [`${what} are ${list.length}`];
  const blockFaults = (block: KnownBlock): string[] => {
    if (block.type === "section") {
      const { fields = [] } = block;
      return [
        ...(block.text || fields.length > 0 ? [] : ["a section is empty"]),
        ...(block.text ? long("a section", block.text.text, section.text.max_length) : []),
        ...many("the fields of a section", fields, section.fields.max_items),
        ...fields.flatMap((one) => long("a field", one.text, section.fields.item_max_length)),
      ];
    }
    if (block.type === "context") {
      return [
        ...many("the elements of a context", block.elements, context.elements.max_items),
        ...block.elements.flatMap((one) =>
          "text" in one
            ? long("a context", one.text, text.max_length)
            : ["a context shows no text"],
        ),
      ];
    }
    return [`a block is of a kind that Tidemark does not send: ${block.type}`];
  };
  return ({ blocks = [], attachments = [], text: fallback }) => {
    const all = [...blocks, ...attachments.flatMap((one) => one.blocks ?? [])] as KnownBlock[];
    return [
      ...(fallback ? [] : ["there is no text for the notification"]),
      ...many("the blocks", all, mostBlocks),
      ...all.flatMap(blockFaults),
    ];
  };
}
