/**
 * Where things are in a store's folder.
 *
 * @module
 */
import type { MessageFacts } from "../message_facts.ts";
import { TAGS } from "../mime_store.ts";
import type { Identity } from "./names.ts";

/** A message that is to get a name. */
export interface Unnamed {
  readonly identity: Identity;
  /** What {@linkcode Naming.claim} gave for it. */
  readonly claim: string;
  readonly created: number;
  readonly facts: MessageFacts;
}

/** What a name tells, to be put into the index. */
export interface Described {
  /** JSON of sourceid and guid where the name does not tell them, else empty. */
  readonly identity: string;
  /** `FOREIGN`, `OTHER_NAME`. */
  readonly flags: number;
}

/**
 * What kinds of folders differ in. A *place* is one of {@linkcode Layout.folders}; a message's
 * *name* never changes, but its file's name may have an *ending* behind it that does.
 */
export interface Naming {
  /** Whether a file of this name is a message. */
  isMessage(file: string): boolean;
  /** How much of a file's name is the message's name. */
  nameLength(file: string): number;
  /** A text that only messages of the same identity share. */
  claim(identity: Identity): string;
  /** The claim in a name, for kinds where the name alone is not the claim. */
  readonly claimIn?: (name: string) => string | undefined;
  /** The name for a new message, and the one for where a file system takes the first for another. */
  names(message: Unnamed): readonly [string] | readonly [string, string];
  /** Yet another name, where someone else's file has the message's name. */
  otherName(name: string, id: string, count: number): string;
  /** Whether only a log knows the identity behind this name. */
  isLogged(name: string): boolean;
  /** What the index is to say of a file that was found; `logged` is what a log knows of it. */
  describe(name: string, logged: Identity | undefined): Described;
  /** What stands for the identity in the index of a message that we name ourselves. */
  identityText(name: string, identity: Identity): string;
  /** The ending for a message that gets another tag (its place among the six). */
  ending(ending: string, tag: number): string;
  /** The place for a message that gets another tag. */
  markedPlace(tag: number): number;
  /** Makes the folder of a place where it is missing; whether the first place changed by that. */
  make(layout: Layout, place: number): boolean;
}

/** The places in a store's folder. */
export interface Layout {
  readonly root: string;
  /**
   * The folders with messages: those of the six tags, in the order of {@linkcode TAGS}, where new
   * ones go; behind them perhaps six others of the same tags.
   */
  readonly folders: readonly string[];
  /** For each of the folders one that it lies in and that must not be a link, if there is one. */
  readonly parents: readonly (string | undefined)[];
  /** Whether the root is the first of the folders, and holds the others. */
  readonly rootHoldsMail: boolean;
  readonly naming: Naming;
  /** Where the logs are. */
  readonly logs: string;
  /** All that is ours and no message. */
  readonly hidden: string;
  /** Messages that are being written. */
  readonly temporary: string;
  /** What names in {@linkcode temporary} begin with if they are ours. */
  readonly temporaryPrefix: string;
}

/**
 * Files that are ours:
 *
 * - `lock` is locked for as long as someone has the whole maildrop for himself,
 * - `turn` for the moment in which something changes,
 * - `writers`, together with others, while files are in {@linkcode Layout.temporary},
 * - `journal`, with work that must not stay half done, while somebody is at it.
 */
export type OwnFile = "index" | "lock" | "turn" | "writers" | "journal";

/** Its path; made anew each time, for thousands of idle users have a layout each. */
export function ownFile({ hidden }: Layout, name: OwnFile): string {
  return `${hidden}/${name}`;
}

/** Only the owner reads mail that we store. */
export const FILE_MODE = 0o600;
/** The same for folders that we make. */
export const FOLDER_MODE = 0o700;

/** `path` without separators at its end. */
export function rootOf(path: string): string {
  return path.length > 1 ? path.replace(/[/\\]+$/, "") || path : path;
}

const NO_PARENTS: readonly string[] = [];

/** The layout of a folder with a folder for each tag in it. */
export function layoutOf(path: string, naming: Naming): Layout {
  const root = rootOf(path);
  const hidden = `${root}/.izypop3`;
  return {
    root,
    folders: TAGS.map((tag) => tag === "unread" ? root : `${root}/${tag}`),
    parents: NO_PARENTS,
    rootHoldsMail: true,
    naming,
    logs: root,
    hidden,
    temporary: `${hidden}/tmp`,
    temporaryPrefix: "",
  };
}
