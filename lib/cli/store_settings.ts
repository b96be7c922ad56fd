/**
 * From `--mimestore.*` and `--to.*` to the settings of a store; secrets are fetched where they are.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { Settings } from "../config/option.ts";
import type { SECOND_FAR_STORES } from "../config/options/far_stores.ts";
import type { STORE } from "../config/options/shared.ts";
import { variableName } from "../config/resolve.ts";
import { readSecret } from "../config/secrets.ts";
import type { StoreSettings } from "../stores/registry.ts";

/** The options that tell which store, as every command's settings have them. */
export type StoreOptions = Settings<typeof STORE>;

/** Those that tell where messages are to go. */
export type SecondStoreOptions =
  & Settings<typeof SECOND_FAR_STORES>
  & {
    readonly "to.modhandler": StoreOptions["mimestore.modhandler"];
    readonly "to.path": string | undefined;
  };

/** Options without what they begin with. */
type Plain = {
  readonly [N in keyof StoreOptions as N extends `mimestore.${infer Rest}` ? Rest : never]?:
    StoreOptions[N];
};

/** What each kind of store cannot do without, and what that is called. */
const NEEDS: Readonly<Record<string, readonly (readonly [keyof Plain, string])[]>> = {
  localfs: [["path", "its folder"]],
  maildir: [["path", "its folder"]],
  cloud: [["dataservice", "the URL of its data service"], ["tablename", "its table"]],
  s3: [
    ["endpoint", "the URL of the object store"],
    ["bucket", "its bucket"],
    ["accesskeyid", "the id of its access key"],
  ],
};

/** What tells of itself which kind of store is meant. */
const TELLING = [
  ["path", "localfs"],
  ["dataservice", "cloud"],
  ["tablename", "cloud"],
  ["endpoint", "s3"],
  ["bucket", "s3"],
] as const;

/**
 * Which store is meant; `undefined` where none was named and there is no default. With
 * `pathElsewhere` its folder need not be named: a users file may tell.
 *
 * @throws {UsageError} if the options do not fit together.
 * @throws {InputError} if a secret cannot be had from where it was said to be.
 */
export async function storeSettings(
  options: StoreOptions,
  byDefault?: StoreSettings["modhandler"],
  pathElsewhere: boolean = false,
): Promise<StoreSettings | undefined> {
  return await settingsOf("mimestore", plain("mimestore", options), byDefault, pathElsewhere);
}

/** The same for the store that messages are to go to. */
export async function secondStoreSettings(
  options: SecondStoreOptions,
): Promise<StoreSettings | undefined> {
  return await settingsOf("to", plain("to", options));
}

async function settingsOf(
  group: "mimestore" | "to",
  options: Plain,
  byDefault?: StoreSettings["modhandler"],
  pathElsewhere = false,
): Promise<StoreSettings | undefined> {
  const modhandler = kindOf(group, options) ?? byDefault;
  if (modhandler === undefined) return undefined;
  for (const [name, what] of NEEDS[modhandler] ?? []) {
    if (options[name] !== undefined || (name === "path" && pathElsewhere)) continue;
    throw new UsageError(
      `Cannot open the ${modhandler} store: ${what} is missing; add --${group}.${name}`,
    );
  }
  const secrets = await secretsOf(group, modhandler, options);
  const { lease: leaseSeconds, path, count, seed, size } = options;
  const { dataservice, tablename, groupid, encoding, insecure } = options;
  const { endpoint, region, bucket, prefix, accesskeyid } = options;
  return {
    modhandler,
    ...present({ path, count, seed, size, leaseSeconds }),
    ...present({ dataservice, tablename, groupid, encoding, insecure }),
    ...present({ endpoint, region, bucket, prefix, accesskeyid }),
    ...secrets,
  };
}

function kindOf(group: string, options: Plain): StoreSettings["modhandler"] | undefined {
  const { modhandler } = options;
  if (modhandler !== undefined) return modhandler;
  const [name, kind] = TELLING.find(([name]) => options[name] !== undefined) ?? [];
  if (name === undefined) return undefined;
  throw new UsageError(
    `Cannot tell what kind of store is at --${group}.${name}: add --${group}.modhandler ${kind}`,
  );
}

/** Only those that the store needs: a command is not run for another one. */
async function secretsOf(
  group: string,
  modhandler: string,
  options: Plain,
): Promise<Pick<StoreSettings, "accesstoken" | "secretaccesskey" | "sessiontoken">> {
  const secret = (name: "accesstoken" | "secretaccesskey" | "sessiontoken") =>
    readSecret(`${group}.${name}`, {
      value: options[name],
      file: options[`${name}-file`],
      command: options[`${name}-command`],
    });
  if (modhandler === "cloud") return present({ accesstoken: await secret("accesstoken") });
  if (modhandler !== "s3") return {};
  const secretaccesskey = await secret("secretaccesskey");
  if (secretaccesskey === undefined) {
    const name = `${group}.secretaccesskey`;
    throw new UsageError(
      `Cannot open the s3 store: its access key is missing; add --${name}-file or ` +
        `--${name}-command, or set ${variableName(name)}`,
    );
  }
  return present({ secretaccesskey, sessiontoken: await secret("sessiontoken") });
}

/** The group's options by what stands behind its name. */
function plain(group: "mimestore" | "to", options: object): Plain {
  const start = `${group}.`;
  const entries = Object.entries(options)
    .filter(([name]) => name.startsWith(start))
    .map(([name, value]) => [name.slice(start.length), value]);
  // Each value came out of the option of its name; fromEntries has lost that.
  return Object.fromEntries(entries) as Plain;
}

/** Without what is undefined. */
function present<T extends object>(values: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // The same keys, but for those that were left out.
  return Object.fromEntries(entries) as { [N in keyof T]?: Exclude<T[N], undefined> };
}
