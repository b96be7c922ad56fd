/**
 * File names of messages: `<sourceid>_<guid>.eml`, safe on every file system, and back.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { UIDL_LIMIT } from "../../protocol/limits.ts";

/** What a message is known by at its source. */
export interface Identity {
  readonly sourceid: string;
  readonly guid: string;
}

/** What a file name tells of the message in the file. */
export interface NamedIdentity extends Identity {
  /**
   * `plain`: the name holds the identity; `hashed`: it was too long, the log has it;
   * `foreign`: someone else put the file there, and the guid is made from its name.
   */
  readonly form: "plain" | "hashed" | "foreign";
}

/** File systems allow 255 octets; the rest is left to backup tools and the like, which add to it. */
const NAME_LIMIT = 200;

/** How much of sourceid and of guid a hashed name shows, for people. */
const SHOWN = 60;

/** Windows takes these for devices, whatever stands behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name of ours without anything encoded, as nearly all are. */
const SIMPLE = /^[A-Za-z0-9@+=-][A-Za-z0-9@.+=-]*_[A-Za-z0-9@.+=_-]*\.eml$/;

const HASHED = /~([0-9a-f]{64})\.eml$/;

/** The name for a message of this identity; different identities have different names. */
export function fileName(identity: Identity): string {
  const name = `${stem(identity)}.eml`;
  return name.length > NAME_LIMIT ? hashedName(identity) : name;
}

/** The other name, for where a file system that ignores case holds `fileName` for another one. */
export function hashedName(identity: Identity): string {
  const source = escapedStart(encode(identity.sourceid)).slice(0, SHOWN);
  return `${source}_${encodeGuid(identity.guid).slice(0, SHOWN)}~${identityHash(identity)}.eml`;
}

/** What `name` tells; for a hashed name the sourceid is not known and the guid is the hash. */
export function identityOf(name: string): NamedIdentity {
  // Not by groups: this is run for every message of a store, and they are made of new objects.
  if (SIMPLE.test(name) && name.length <= NAME_LIMIT && !DEVICE.test(name)) {
    const cut = name.indexOf("_");
    return { form: "plain", sourceid: name.slice(0, cut), guid: name.slice(cut + 1, -4) };
  }
  const hash = HASHED.exec(name)?.[1];
  if (hash !== undefined) return { form: "hashed", sourceid: "", guid: hash };
  const cut = name.indexOf("_");
  if (cut !== -1 && name.endsWith(".eml")) {
    const sourceid = decode(name.slice(0, cut));
    const guid = decode(name.slice(cut + 1, -4));
    // Only what we would write ourselves reads as ours: then two files never share an identity.
    if (sourceid !== undefined && guid !== undefined && fileName({ sourceid, guid }) === name) {
      return { form: "plain", sourceid, guid };
    }
  }
  return { form: "foreign", sourceid: "", guid: guidFromName(name) };
}

/** Whether a file of this name is a message; hidden files never are. */
export function isMessageName(name: string): boolean {
  return !name.startsWith(".") && /\.eml$/i.test(name);
}

/** The log of what came from this source. */
export function logName(sourceid: string): string {
  const start = escapedStart(encode(sourceid));
  if (start.length <= NAME_LIMIT - 8) return `${start}_log.txt`;
  return `${start.slice(0, SHOWN)}~${sha256(JSON.stringify(sourceid))}_log.txt`;
}

/** Whether a file of this name is such a log. */
export function isLogName(name: string): boolean {
  return name.endsWith("_log.txt");
}

/** The id of the message in the file `name`. */
export function itemId(name: string): string {
  return sha256(name).slice(0, 16);
}

/** `text` as the name of one file or folder: never empty, hidden, `.`, `..` or with separators. */
export function safeName(text: string): string {
  const name = escapedStart(encode(text));
  return name.length > NAME_LIMIT ? `${name.slice(0, SHOWN)}~${sha256(text)}` : name;
}

/**
 * A user's name as the name of one folder, as {@linkcode safeName} and no other user's: Windows
 * drops a dot at the end, and where a file system takes capital letters for small ones (`caseless`)
 * the capitals are encoded as well.
 */
export function folderName(user: string, caseless: boolean): string {
  const name = escapedStart(encode(user)).replace(/\.$/, "%2E");
  const told = caseless ? name.replace(/%..|[A-Z]/g, withoutCapital) : name;
  return told.length > NAME_LIMIT ? `${told.slice(0, SHOWN)}~${sha256(user)}` : told;
}

/** Escapes have capitals, but the same ones always. */
function withoutCapital(part: string): string {
  return part.length === 1 ? percentEncoded(part) : part;
}

function stem(identity: Identity): string {
  return escapedStart(`${encode(identity.sourceid)}_${encodeGuid(identity.guid)}`);
}

/** All but the safe characters percent-encoded; "_" too, because it divides the name. */
function encode(text: string): string {
  return text.toWellFormed().replace(/[^A-Za-z0-9@.+=-]+/g, percentEncoded);
}

/** As {@linkcode encode}, but "_" may stay: the name is divided at the first one. */
function encodeGuid(guid: string): string {
  return guid.toWellFormed().replace(/[^A-Za-z0-9@.+=_-]+/g, percentEncoded);
}

/** A first dot would hide the file; a device's name would not be a file on Windows. */
function escapedStart(name: string): string {
  if (!name.startsWith(".") && !DEVICE.test(name)) return name;
  return percentEncoded(name.slice(0, 1)) + name.slice(1);
}

function percentEncoded(text: string): string {
  const octets = new TextEncoder().encode(text);
  return Array.from(octets, (octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

function decode(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The name without its ending where that is a UIDL (RFC 1939 §7), else a hash of the name. */
function guidFromName(name: string): string {
  return guidFrom(name.slice(0, -4), name);
}

/** `guid` where that is a UIDL (RFC 1939 §7), else a hash of the whole name. */
export function guidFrom(guid: string, name: string): string {
  return guid.length <= UIDL_LIMIT && /^[\x21-\x7e]+$/.test(guid) ? guid : sha256(name);
}

/** A hash (SHA-256 in hex) that tells identities apart. */
export function identityHash(identity: Identity): string {
  return sha256(JSON.stringify([identity.sourceid.toWellFormed(), identity.guid.toWellFormed()]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
