/**
 * The two stores that keep messages in folders, for tests of what both have to stand.
 */
import type { LogFields, Logger } from "../../../lib/log.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { MaildirStore } from "../../../lib/stores/maildir.ts";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { type Needs, permitted } from "../../helpers/permissions.ts";
import { text } from "../../helpers/random.ts";
import { readAll } from "../conformance.ts";

/** What these tests need at least. */
export const FILES = { read: true, write: true } as const;

/** One of the stores, and where it puts things. */
export interface FolderKind {
  readonly name: "localfs" | "maildir";
  /** The folder that is ours, below the store's own. */
  readonly hidden: string;
  /** Where messages are written before they have their names. */
  readonly temporary: string;
  /** Where a new message lies, and one that was archived later. */
  readonly inbox: string;
  readonly archive: string;
  open(path: string, logger?: Logger): Promise<MimeStore>;
}

export const FOLDER_KINDS: readonly FolderKind[] = [
  {
    name: "localfs",
    hidden: ".izypop3",
    temporary: ".izypop3/tmp",
    inbox: ".",
    archive: "archive",
    open: (path, logger) => LocalFsStore.open({ path, ...(logger && { logger }) }),
  },
  {
    name: "maildir",
    hidden: "izypop3-index",
    temporary: "tmp",
    inbox: "new",
    archive: ".archive/cur",
    open: (path, logger) => MaildirStore.open({ path, ...(logger && { logger }) }),
  },
];

/** A place for one test. */
export interface Ground {
  readonly kind: FolderKind;
  readonly path: string;
  /** What the stores that were opened by {@linkcode open} warned of. */
  readonly warnings: string[];
  open(): Promise<MimeStore>;
}

/** The store's folder `path`, as tests use it. */
export function groundAt(kind: FolderKind, path: string): Ground {
  const warnings: string[] = [];
  const warn = (message: string, fields?: LogFields): void => {
    warnings.push(`${message} ${fields?.["path"] ?? ""}`);
  };
  const logger: Logger = { debug() {}, info() {}, warn, error: warn };
  return { kind, path, warnings, open: () => kind.open(path, logger) };
}

/** Registers a test for each kind, in an empty folder. */
export function forEachKind(
  needs: Needs,
  name: string,
  work: (ground: Ground) => Promise<void>,
): void {
  for (const kind of FOLDER_KINDS) {
    permitted({ ...FILES, ...needs }, `${kind.name}: ${name}`, async () => {
      const path = await Deno.makeTempDir({ prefix: "izypop3-folder-" });
      try {
        await work(groundAt(kind, path));
      } finally {
        await Deno.remove(path, { recursive: true });
      }
    });
  }
}

/** `guid tag octets` of each message, sorted; read from the store. */
export async function contentsOf(store: MimeStore): Promise<string[]> {
  const found: string[] = [];
  for (const item of await store.query()) {
    const octets = text(await readAll(store, item, { form: "kept" }));
    found.push(`${item.guid} ${item.tag} ${octets}`);
  }
  return found.sort();
}

/** The names in a folder, sorted. */
export function namesIn(path: string): string[] {
  return Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
}
