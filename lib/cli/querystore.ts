/**
 * `izypop3 querystore`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { UsageError } from "../config/errors.ts";
import { nearest } from "../config/nearest.ts";
import type { Settings } from "../config/option.ts";
import { QUERYSTORE_OPTIONS } from "../config/option_table.ts";
import { StoreError } from "../stores/errors.ts";
import { type MimeItem, type MimeStore, type StoreStatus, TAGS } from "../stores/mime_store.ts";
import { openStore, type StoreSettings } from "../stores/registry.ts";
import type { Invocation } from "./command.ts";
import { PartialFailure } from "./errors.ts";
import { EXIT } from "./exit_codes.ts";
import { type Io, note } from "./io.ts";
import { tellAdded, tellItem } from "./items.ts";
import { addFiles, exportToMbox, exportToStore, importMbox } from "./querystore/transfer.ts";
import { mimeQuery, openTarget, secondStoreSettings, storeSettings } from "./stores.ts";

type StoreCommandSettings = Settings<typeof QUERYSTORE_OPTIONS>;
type StoreCommand = NonNullable<StoreCommandSettings["cmd"]>;

interface Task {
  readonly store: MimeStore;
  readonly settings: StoreCommandSettings;
  /** Where `export` writes to, if not to an mbox. */
  readonly target: StoreSettings | undefined;
  readonly files: readonly string[];
  readonly io: Io;
  readonly signal: AbortSignal;
}

const RUNS: Readonly<Record<StoreCommand, (task: Task) => Promise<void>>> = {
  query,
  status,
  cat,
  add,
  mark,
  verify,
  export: exportAll,
  import: importAll,
};

const COMMANDS: readonly StoreCommand[] = QUERYSTORE_OPTIONS.cmd.choices;

/** Looks into a store, or changes it. */
export async function querystore(
  { settings, operands, io, signal }: Invocation<typeof QUERYSTORE_OPTIONS>,
): Promise<number> {
  const storage = await storeSettings(settings);
  const { command, files } = readOperands(operands, settings);
  if (storage === undefined) {
    throw new UsageError(
      "Cannot tell which store is meant: add --mimestore.modhandler localfs and --mimestore.path",
    );
  }
  refuseNonsense(command, settings, files);
  const target = await secondStoreSettings(settings);
  await using store =
    await (command === "add" || command === "import" ? openTarget(storage) : openStore(storage));
  await RUNS[command]({ store, settings, target, files, io, signal });
  return EXIT.done;
}

/** A line an item: `id guid tag size sourceid date name`. */
async function query({ store, settings, io }: Task): Promise<void> {
  for (const item of await store.query(mimeQuery(settings))) {
    await tellItem(io, item, settings.json);
  }
}

/** `TAG COUNT OCTETS` a line. */
async function status({ store, settings, io: { stdout } }: Task): Promise<void> {
  const all: StoreStatus = await store.status();
  for (const tag of TAGS) {
    const { count, octets } = all[tag];
    await (settings.json
      ? stdout.json({ tag, count, octets })
      : stdout.line(`${tag} ${count} ${octets}`));
  }
}

/** The octets as they are kept. */
async function cat({ store, settings, io, signal }: Task): Promise<void> {
  const item = await findItem(store, settings["query.id"]);
  for await (const part of store.read(item, { form: "kept", signal })) await io.stdout.write(part);
}

async function mark({ store, settings }: Task): Promise<void> {
  const item = await findItem(store, settings["query.id"]);
  if (settings.tag !== undefined) await store.markAs([item], settings.tag);
}

/** Adds files, and those of folders. */
async function add(task: Task): Promise<void> {
  for await (const result of addFiles(task, task.files, task.settings)) {
    await tellAdded(task.io, result.item.id, result, task.settings.json);
  }
}

/** Reads everything and holds it against size and fingerprint; names what is wrong. */
async function verify({ store, settings, io, signal }: Task): Promise<void> {
  let bad: StoreError | undefined;
  for (const item of await store.query(mimeQuery(settings))) {
    const reason = await faultOf(store, item, signal);
    if (reason === undefined) continue;
    const { id, name } = item;
    await (settings.json ? io.stdout.json({ id, name, reason }) : io.stdout.line(`${id} ${name}`));
    note(io, `${name}: ${reason}`);
    bad ??= new StoreError("corrupt", reason);
  }
  if (bad !== undefined) throw new PartialFailure("Some messages are damaged", { cause: bad });
}

/** Into another store, or as an mbox. */
async function exportAll({ store, settings, target, files, io, signal }: Task): Promise<void> {
  const items = await store.query(mimeQuery(settings));
  const transfer = { store, items, io, signal, progress: settings.progress };
  if (target === undefined) return await exportToMbox(transfer, files[0] ?? "-");
  await using destination = await openTarget(target);
  await exportToStore(transfer, destination);
}

/** From mbox files. */
async function importAll(task: Task): Promise<void> {
  const { io, settings, files } = task;
  for await (const result of importMbox(task, files, settings)) {
    await tellAdded(io, result.item.id, result, settings.json);
  }
}

async function faultOf(
  store: MimeStore,
  item: MimeItem,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const part of store.read(item, { form: "kept", signal })) hash.update(part);
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
  const intact = item.fingerprint === "" || hash.digest("hex") === item.fingerprint;
  return intact ? undefined : "its octets are not those that were stored (SHA-256 differs)";
}

async function findItem(store: MimeStore, id: string | undefined): Promise<MimeItem> {
  const item = (await store.query()).find((item) => item.id === id);
  if (item !== undefined) return item;
  throw new StoreError("gone", `Cannot find the message with the id ${id}: the store has none`);
}

function readOperands(
  operands: readonly string[],
  settings: StoreCommandSettings,
): { readonly command: StoreCommand; readonly files: readonly string[] } {
  if (settings.cmd !== undefined) return { command: settings.cmd, files: operands };
  const [word, ...files] = operands;
  if (word === undefined) return { command: "query", files: [] };
  const command = COMMANDS.find((known) => known === word);
  if (command !== undefined) return { command, files };
  throw new UsageError(
    "Cannot do that: the first word is no command of querystore; the nearest known one is " +
      `${nearest(word, COMMANDS)} (of ${COMMANDS.join(", ")})`,
  );
}

function refuseWrongTransfer(
  command: StoreCommand,
  settings: StoreCommandSettings,
  files: readonly string[],
): void {
  const isIntoStore = settings["to.modhandler"] !== undefined;
  if (isIntoStore && command !== "export") {
    throw new UsageError(`Cannot use --to.modhandler with ${command}: only export writes there`);
  }
  if (command === "export" && files.length > (isIntoStore ? 0 : 1)) {
    throw new UsageError("Cannot export to all of that: give one file, or - , or --to.modhandler");
  }
  if (command === "import" && files.length === 0) {
    throw new UsageError("Cannot import nothing: write mbox files behind import, or -");
  }
}

function refuseNonsense(
  command: StoreCommand,
  settings: StoreCommandSettings,
  files: readonly string[],
): void {
  refuseWrongTransfer(command, settings, files);
  if (command === "add" && files.length === 0) {
    throw new UsageError(
      "Cannot add nothing: write files or folders behind add, or - for standard input",
    );
  }
  if (!["add", "export", "import"].includes(command) && files.length > 0) {
    throw new UsageError(`Cannot use more words: ${command} takes flags only; add takes files`);
  }
  if ((command === "cat" || command === "mark") && settings["query.id"] === undefined) {
    throw new UsageError(`Cannot tell which message to ${command}: add --query.id ID`);
  }
  if (command === "mark" && settings.tag === undefined) {
    throw new UsageError(`Cannot mark without a tag: add --tag with one of ${TAGS.join(", ")}`);
  }
}
