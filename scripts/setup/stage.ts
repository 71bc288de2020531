// Where a set-up takes place: a folder, an internet, a terminal or none, and the way to say something.
import type { Look } from "./finding.ts";
import type { Terminal } from "./terminal.ts";
import type { World } from "./world.ts";

export interface Stage {
  readonly folder: string;
  readonly world: World;
  /** Null: nobody can be asked. */
  readonly terminal: Terminal | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly look: Look;
  /** Writes a text, from which every known secret is struck out. */
  say(text: string): void;
  /** From now on this is struck out. */
  know(secret: string): void;
}

export interface Wish {
  readonly workspace: string | undefined;
  /** Sends a test message to each Slack destination without asking. */
  readonly testSlack: boolean;
  /** Asks neither Webflow nor Slack. */
  readonly skipChecks: boolean;
  readonly deploySecrets: boolean;
  readonly sandbox: boolean;
}
