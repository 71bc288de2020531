import { describe, expect, it } from "vitest";
import { eventIdsBehind } from "../../sandbox/lists.ts";

const id = (n: number) => `01M8ERQD870VZH5B0ZS0CQ${String(n).padStart(4, "0")}`;
const link = "http://localhost:8787/lists/w/x?signature=y";

describe("the events that a message only links to", () => {
  it("are those of all pages behind its link, without those that stand in the message", async () => {
    const asked: string[] = [];
    const read = async (path: string) => {
      asked.push(path);
      const page = Number(path.at(-1));
      return new Response(`<code>${id(page)}</code> <code>type</code> Page ${page} of 3`);
    };
    const message = { text: `Ann · \`${id(2)}\`\n<${link}|All 3 events>` };
    expect(await eventIdsBehind(message, read)).toEqual([id(1), id(3)]);
    expect(asked).toEqual([1, 2, 3].map((page) => `/lists/w/x?signature=y&page=${page}`));
  });

  it("are none without a link", async () => {
    const read = () => Promise.reject(new Error("asked"));
    expect(await eventIdsBehind({ text: `\`${id(2)}\`` }, read)).toEqual([]);
  });
});
