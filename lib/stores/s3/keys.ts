/**
 * Which object is called what, below the prefix:
 *
 * - `mail/<id>`: a message, its octets as they were added; the id is a hash of sourceid and guid,
 *   so there cannot be two of the same
 * - `tag/<tag>/<created>.<id>.<facts>`: an entry. Empty; all that a listing has to know is in its
 *   name, so that listing a tag opens a maildrop. While it moves to another tag it is as many
 *   octets long as that tag's place among the tags, from 1; while its message is on its way into
 *   the bucket it holds a UUID of its writer's
 * - `long/<id>`: sourceid and guid, where they are too long for an entry's name
 * - `lock`: the lease; `izypop3_store`: says that the store was found to keep its conditions
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { utf8 } from "../octets.ts";
import { isTag, type MimeItem, type Tag, TAGS } from "../mime_store.ts";

/** What names a message wherever it is. */
export interface Identity {
  readonly sourceid: string;
  readonly guid: string;
}

/** Characters of an id. */
const ID_LENGTH = 32;
/** So many characters in one part of a key: stores on top of file systems take 255. */
const PART_LENGTH = 120;
/** A tail of more characters than that goes into an object of its own. */
const TAIL_LIMIT = 600;

/** The id of a message. */
export function idOf(identity: Identity): string {
  return createHash("sha256").update(identityText(identity)).digest("hex").slice(0, ID_LENGTH);
}

/** Whether it is an id: nothing else may become a part of a key. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** Sourceid and guid as one text; nothing is lost of them. */
export function identityText({ sourceid, guid }: Identity): string {
  return JSON.stringify([sourceid, guid]);
}

/** The way back from {@linkcode identityText}; `undefined` for other text. */
export function identityFrom(text: string): Identity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [sourceid, guid]: unknown[] = value;
    const isTexts = typeof sourceid === "string" && typeof guid === "string";
    return isTexts ? { sourceid, guid } : undefined;
  } catch {
    return undefined;
  }
}

/** Text as characters that may stand anywhere in a key or header. */
export function base64url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}

/** The way back from {@linkcode base64url}. */
export function fromBase64url(text: string): string {
  return Buffer.from(text, "base64url").toString("utf8");
}

/** Whether the identity needs an object of its own. */
export function isLong(identity: Identity): boolean {
  return base64url(identityText(identity)).length > TAIL_LIMIT;
}

/** What every entry's name of this message begins with, under any tag. */
export function entryStart(created: number, id: string): string {
  return `${String(created).padStart(15, "0")}.${id}.`;
}

/** An entry's name below its tag: everything of the item but the tag. */
export function entryName(item: MimeItem): string {
  const tail = isLong(item) ? "" : base64url(identityText(item));
  const parts = tail.match(new RegExp(`.{1,${PART_LENGTH}}`, "g")) ?? [];
  const facts = [
    item.size.toString(36),
    item.stuffing ? "1" : "0",
    item.messageUTCTimestamp.toString(36),
    Buffer.from(item.fingerprint, "hex").toString("base64url"),
    parts.join("/"),
  ];
  return entryStart(item.created, item.id) + facts.join(".");
}

/** What an entry's name says; without `identity` that is in an object of its own. */
export interface Entry {
  readonly id: string;
  readonly created: number;
  readonly size: number;
  readonly stuffing: boolean;
  readonly messageUTCTimestamp: number;
  readonly fingerprint: string;
  readonly identity: Identity | undefined;
}

/** Reads a name; `undefined` where it is none of ours. */
export function readEntry(name: string): Entry | undefined {
  const match =
    /^(\d{15})\.([0-9a-f]{32})\.([0-9a-z]{1,11})\.([01])\.(-?[0-9a-z]{1,11})\.([\w-]{43})\.(.*)$/s
      .exec(name);
  if (match === null) return undefined;
  const [, created, id = "", size = "", stuffing, date = "", fingerprint = "", tail = ""] = match;
  const identity = tail === "" ? undefined : identityFrom(fromBase64url(tail.replaceAll("/", "")));
  if (tail !== "" && identity === undefined) return undefined;
  return {
    id,
    created: Number(created),
    size: Number.parseInt(size, 36),
    stuffing: stuffing === "1",
    messageUTCTimestamp: Number.parseInt(date, 36),
    fingerprint: Buffer.from(fingerprint, "base64url").toString("hex"),
    identity,
  };
}

/** The item of an entry. */
export function itemOf(entry: Entry, identity: Identity, tag: Tag): MimeItem {
  const { id, created, size, stuffing, messageUTCTimestamp, fingerprint } = entry;
  const { sourceid, guid } = identity;
  const facts = { size, stuffing, messageUTCTimestamp, created, fingerprint };
  return { id, guid, tag, sourceid, ...facts, name: mailKey(id) };
}

/** The message's key. */
export function mailKey(id: string): string {
  return `mail/${id}`;
}

/** The key of a long identity. */
export function longKey(id: string): string {
  return `long/${id}`;
}

/** What the keys of all entries with a tag begin with. */
export function tagPrefix(tag: Tag): string {
  return `tag/${tag}/`;
}

/** The octets of an entry that moves to `tag`. */
export function movingTo(tag: Tag): Uint8Array<ArrayBuffer> {
  return new Uint8Array(TAGS.indexOf(tag) + 1).fill(0x2e);
}

/** Where an entry of that many octets moves to; `undefined` where it does not. */
export function movingTarget(size: number): Tag | undefined {
  return size === 0 ? undefined : TAGS[size - 1];
}

/** Octets of a UUID. */
const ON_ITS_WAY = 36;

/** The octets of an entry whose message is not there yet: no two are the same. */
export function onItsWay(): Uint8Array<ArrayBuffer> {
  return utf8(randomUUID());
}

/** Whether an entry of that many octets was made for a message that may not be there. */
export function isOnItsWay(size: number): boolean {
  return size === ON_ITS_WAY;
}

/** A tag that came from outside; `unread` where it makes no sense. */
export function tagOr(text: string | null): Tag {
  return text !== null && isTag(text) ? text : "unread";
}
