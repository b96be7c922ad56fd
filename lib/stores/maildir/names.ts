/**
 * File names in a Maildir: `<seconds>.M<microseconds>P<process>Q<count>Z<identity>.<host>,S=<size>,
 * W=<size on the wire>` is a message's name and never changes; its flags (`:2,S`) stand behind it.
 *
 * @module
 */
import { FOREIGN } from "../localfs/frames.ts";
import type { Described, Naming, Unnamed } from "../localfs/layout.ts";
import { guidFrom, type Identity, identityHash } from "../localfs/names.ts";
import { TAGS } from "../mime_store.ts";

/** Hex digits of the hash of sourceid and guid: then a rebuilt index knows duplicates. */
const CLAIM = 40;
const OURS = /^\d+\.M\d+P\d+Q\d+Z([0-9a-f]{40})\./;

/** The names of one store's messages, but for what makes their folders. */
export function maildirNaming(): Omit<Naming, "make"> {
  let count = 0;
  const host = hostPart();
  return {
    isMessage: (file) => !file.startsWith("."),
    nameLength,
    claim: (identity) => identityHash(identity).slice(0, CLAIM),
    claimIn,
    names: (message) => [uniqueName(message, ++count, host)],
    otherName: (name, id, count) => `${name},U=${id}${count === 0 ? "" : `-${count}`}`,
    isLogged: (name) => claimIn(name) !== undefined,
    describe,
    identityText: (_name, identity) => textOf(identity),
    ending,
    markedPlace: (tag) => TAGS.length + tag,
  };
}

/** Others change what stands behind the colon as they like. */
function nameLength(file: string): number {
  const colon = file.indexOf(":");
  return colon === -1 ? file.length : colon;
}

function claimIn(name: string): string | undefined {
  return OURS.exec(name)?.[1];
}

/** Dovecot trusts `S=` and `W=`, and adds no line ending where a message lacks its last one. */
function uniqueName({ created, facts, claim }: Unnamed, count: number, host: string): string {
  const seconds = Math.floor(created / 1000);
  const micros = `${(created % 1000) * 1000}`.padStart(6, "0");
  const wire = facts.canonical ? `,W=${facts.size}` : "";
  return `${seconds}.M${micros}P${Deno.pid}Q${count}Z${claim}.${host},S=${facts.kept}${wire}`;
}

/** What the log knows, or else the hash itself; of someone else's message its name. */
function describe(name: string, logged: Identity | undefined): Described {
  if (logged !== undefined) return { identity: textOf(logged), flags: 0 };
  const claim = claimIn(name);
  if (claim !== undefined) return { identity: textOf({ sourceid: "", guid: claim }), flags: 0 };
  // Sizes in a name may be corrected by whoever finds them wrong.
  const unique = name.replace(/(?:,[A-Z]=[^,]*)+$/, "");
  const identity = { sourceid: "", guid: guidFrom(unique, name) };
  return { identity: textOf(identity), flags: FOREIGN };
}

/**
 * `:2,` and the flags, in the order of their letters. What is archived was seen, what is unread
 * again was not; all else is as its readers left it.
 */
function ending(before: string, tag: number): string {
  if (before !== "" && !before.startsWith(":2,")) return before;
  const flags = new Set(before.slice(3));
  if (TAGS[tag] === "archive") flags.add("S");
  if (TAGS[tag] === "unread") flags.delete("S");
  return `:2,${[...flags].sort().join("")}`;
}

function textOf({ sourceid, guid }: Identity): string {
  return JSON.stringify([sourceid, guid]);
}

/** As the standard has it: neither slash nor colon; and no comma, where the sizes begin. */
function hostPart(): string {
  const replaced = hostname().replace(/[^A-Za-z0-9.-]/g, (character) => {
    return `\\${(character.charCodeAt(0) & 0xff).toString(8).padStart(3, "0")}`;
  });
  return replaced.slice(0, 64);
}

function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    // Not permitted: the rest of the name is unique enough.
    return "localhost";
  }
}
