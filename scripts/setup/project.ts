// The set-up as it lies in a folder: wrangler.toml, .dev.vars, and the configuration that they make up together.
import { join } from "node:path";
import { type ParsedConfig, parseConfig } from "../../src/config.ts";
import { expectation, tables, toList } from "../../src/config-schema.ts";
import { readSecret, reference, references } from "../../src/secrets.ts";
import type { Token } from "../../src/source/client.ts";
import { isObject } from "../../src/source/record.ts";
import { Mistake } from "../mistake.ts";
import { parseVars } from "./dev-vars.ts";
import { readText } from "./files.ts";
import { parseToml, requiredSecrets, type Toml, varsOf } from "./toml.ts";

export interface Project {
  readonly tomlFile: string;
  readonly varsFile: string;
  readonly tomlText: string;
  readonly toml: Toml;
  /** Undefined where there is no .dev.vars. */
  readonly varsText: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  /** Names of the secrets that the configuration reads, ADMIN_TOKEN, and those optional ones that are set. */
  readonly secrets: readonly string[];
  /** Names of those that are workspace tokens. */
  readonly tokens: readonly string[];
  /** Under `[secrets]`. */
  readonly required: readonly string[] | undefined;
  /** Id of the first workspace, as it stands there; "" where there is none. */
  readonly workspace: string;
}

/** Nothing names them in wrangler.toml, and Tidemark does without them. */
export const optionalSecrets: readonly string[] = ["HEARTBEAT_URL", "SLACK_SIGNING_SECRET"];

/** As in the wrangler.toml that we hand out. */
export const exampleWorkspace = "my-workspace";

export function readProject(folder: string): Project {
  const [tomlFile, varsFile] = [join(folder, "wrangler.toml"), join(folder, ".dev.vars")];
  const tomlText = readText(tomlFile);
  if (tomlText === undefined)
    throw new Mistake(
      `There is no wrangler.toml in ${folder}. Run this in the folder of Tidemark, where package.json is.`,
    );
  const toml = parseToml(tomlText, "wrangler.toml");
  const varsText = readText(varsFile);
  const { WORKSPACES, DESTINATIONS } = varsOf(toml);
  const tokens = [...new Set(references(WORKSPACES))];
  const vars = parseVars(varsText ?? "");
  const [first] = toList(WORKSPACES);
  return {
    tomlFile,
    varsFile,
    tomlText,
    toml,
    varsText,
    vars,
    secrets: [
      ...new Set([
        ...tokens,
        ...references(DESTINATIONS),
        "ADMIN_TOKEN",
        ...optionalSecrets.filter((name) => readSecret(vars, name) !== null),
      ]),
    ],
    tokens,
    required: requiredSecrets(toml),
    workspace: isObject(first) && typeof first.id === "string" ? first.id : "",
  };
}

/** What the Worker would see: its variables, its secrets, and something for each bucket. */
export function configOf(toml: Toml, secrets: Readonly<Record<string, string>>): ParsedConfig {
  const bucket = { put: nothing, createMultipartUpload: nothing };
  const buckets = toList(toml.r2_buckets).flatMap((item) =>
    isObject(item) && typeof item.binding === "string" ? [[item.binding, bucket]] : [],
  );
  return parseConfig({ ...varsOf(toml), ...Object.fromEntries(buckets), ...secrets });
}

function nothing(): Promise<null> {
  return Promise.resolve(null);
}

/** A workspace to be read, and the tokens that are known for it. */
export interface SourceToRead {
  readonly workspace: string;
  readonly tokens: readonly Token[];
}

/** Read leniently: what is missing is told by the configuration's own problems. */
export function sourcesOf(toml: Toml, secrets: Readonly<Record<string, string>>): SourceToRead[] {
  return toList(varsOf(toml).WORKSPACES).flatMap((item) => {
    if (!isObject(item) || typeof item.id !== "string" || item.id === "") return [];
    const list: unknown[] = Array.isArray(item.token) ? item.token : [item.token];
    const tokens = list.flatMap((given): Token[] => {
      if (typeof given !== "string") return [];
      const secret = reference.exec(given)?.[1];
      if (secret === undefined) return given === "" ? [] : [{ value: given, secret: null }];
      const value = secrets[secret];
      return value === undefined ? [] : [{ value, secret }];
    });
    return tokens.length > 0 ? [{ workspace: item.id, tokens }] : [];
  });
}

/** Of these, those that the configuration reads or demands, where they are set. */
export function secretsFrom(
  { secrets, required = [] }: Project,
  held: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    [...new Set([...secrets, ...required])].flatMap((name) => {
      const value = readSecret(held, name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Where a secret of a destination is read, and what is expected there. */
export interface Place {
  /** e.g. `DESTINATIONS[0].url`. */
  readonly path: string;
  readonly destination: string;
  readonly type: string;
  readonly expected: string;
  /** What is wrong with a value; null when nothing is. */
  problem(value: string): string | null;
}

/** The first place that reads the secret; undefined where it stands deeper than an option. */
export function placeOf({ toml }: Project, secret: string): Place | undefined {
  const { WORKSPACES, DESTINATIONS } = varsOf(toml);
  for (const [index, item] of toList(DESTINATIONS).entries()) {
    if (!isObject(item)) continue;
    const option = Object.keys(item).find((name) => {
      const value = item[name];
      return typeof value === "string" && reference.exec(value)?.[1] === secret;
    });
    if (option === undefined) continue;
    const type = String(item.type);
    const schema = tables.get(type)?.shape[option as "name"];
    return {
      path: `DESTINATIONS[${index}].${option}`,
      destination: String(item.name),
      type,
      expected: expectation(["DESTINATIONS", index, option], { WORKSPACES, DESTINATIONS }),
      problem: (value) => schema?.safeParse(value).error?.issues[0]?.message ?? null,
    };
  }
  return undefined;
}
