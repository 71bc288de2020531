// Questions on a terminal. What is secret is not shown while it is typed or pasted.
import { createInterface, type Interface } from "node:readline";
import { type Readable, Writable } from "node:stream";
import { Mistake } from "../mistake.ts";

export interface Terminal {
  /** The answer, or the default for an empty one. */
  ask(question: string, fallback?: string): Promise<string>;
  /** Shows nothing of what is typed; "" for an empty answer. */
  askSecret(question: string): Promise<string>;
  confirm(question: string, fallback: boolean): Promise<boolean>;
  close(): void;
}

export function openTerminal(
  input: Readable & { isTTY?: boolean },
  output: Pick<NodeJS.WriteStream, "write">,
): Terminal {
  let muted = false;
  const screen = new Writable({
    write(chunk, _encoding, done) {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const terminal = input.isTTY === true;
  const lines: Interface = createInterface({ input, output: screen, terminal, historySize: 0 });
  // Answers may come faster than the questions, in a pipe.
  const early: string[] = [];
  let waiting: { resolve(line: string): void; reject(error: Error): void } | undefined;
  let ended = false;
  lines.on("line", (line) => {
    const waiter = waiting;
    waiting = undefined;
    if (waiter) waiter.resolve(line);
    else early.push(line);
  });
  const end = () => {
    ended = true;
    waiting?.reject(new Mistake("Stopped before the last question; nothing more was written."));
    waiting = undefined;
  };
  lines.on("close", end);
  lines.on("SIGINT", () => {
    output.write("\n");
    lines.close();
  });

  async function read(prompt: string, secret: boolean): Promise<string> {
    const line = early.shift();
    if (line === undefined && ended) throw new Mistake("There is no answer left to read.");
    // The prompt belongs to the line: the editor draws both anew at each key.
    lines.setPrompt(prompt);
    if (terminal) lines.prompt();
    else output.write(prompt);
    muted = secret;
    const given =
      line ??
      (await new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject };
      }).finally(() => {
        muted = false;
      }));
    muted = false;
    if (!terminal || secret) output.write("\n");
    return given.trim();
  }

  return {
    async ask(question, fallback) {
      const prompt = fallback ? `  ? ${question} [${fallback}]: ` : `  ? ${question}: `;
      return (await read(prompt, false)) || (fallback ?? "");
    },
    askSecret: (question) => read(`  ? ${question} (it is not shown): `, true),
    async confirm(question, fallback) {
      for (;;) {
        const answer = await read(`  ? ${question} [${fallback ? "Y/n" : "y/N"}]: `, false);
        if (answer === "") return fallback;
        if (/^y(es)?$/i.test(answer)) return true;
        if (/^no?$/i.test(answer)) return false;
        output.write("    Answer y or n.\n");
      }
    },
    close: () => lines.close(),
  };
}
