// Other people's data, which lies beside the repository and is not copied into it. A test that needs a file that is
// not there is skipped, and its name says which.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SharedFile {
  readonly there: boolean;
  /** For the name of the test. */
  readonly needed: string;
  /** Its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: other people's JSON, of many shapes, read by tests only
  read(): any;
}

export function shared(path: string): SharedFile {
  const file = join(import.meta.dirname, "../../../shared/data", path);
  return {
    there: existsSync(file),
    needed: `needs ../shared/data/${path}`,
    read: () => JSON.parse(readFileSync(file, "utf8")),
  };
}
