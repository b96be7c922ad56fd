/**
 * Where a user's messages are: what `{user}` stands for in the settings of each kind of store. Two
 * users never get the same place, whatever they are called, and none gets out of the place for all.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { StoreError } from "./errors.ts";
import { folderName, safeName } from "./localfs/names.ts";

/** Where `Joe` and `joe` are one folder, unless somebody has changed that. */
const CASELESS = Deno.build.os === "windows" || Deno.build.os === "darwin";

/** What stands for the user's name. */
const USER = "{user}";

/** A longer name within a key is cut, with a hash behind it: keys have 1024 octets in all. */
const KEY_NAME_LIMIT = 100;
/** As much of it is shown then. */
const KEY_NAME_SHOWN = 30;
/** A longer name within a table's name is a hash: such a name has 59 characters in all. */
const TABLE_NAME_LIMIT = 32;
/** Users whose names are no numbers have groups from here up, of 18 digits. */
const FIRST_NAMED_GROUP = 10n ** 17n;
const NAMED_GROUPS = 9n * 10n ** 17n;

/** Whether there is a place for each user. */
export function isForEach(place: string | undefined): boolean {
  return place?.includes(USER) === true;
}

/** What all users' places have in common: the folders before the first `{user}`. */
export function commonPrefix(prefix: string): string {
  const at = prefix.indexOf(USER);
  return at === -1 ? prefix : prefix.slice(0, prefix.lastIndexOf("/", at) + 1);
}

/**
 * `path` with the user's name in place of `{user}`, percent-encoded so that it is the name of one
 * folder, whatever the user is called. Throws `config` where the path needs a user and has none.
 */
export function userPath(path: string, user: string | undefined): string {
  return filledIn(path, user, (name) => folderName(name, CASELESS));
}

/** The same for what keys begin with in a bucket. */
export function userPrefix(prefix: string, user: string | undefined): string {
  return filledIn(prefix, user, (name) => {
    const safe = safeName(name);
    if (safe.length <= KEY_NAME_LIMIT) return safe;
    return `${safe.slice(0, KEY_NAME_SHOWN)}~${sha256(name)}`;
  });
}

/**
 * The same for a table's name: small letters and digits stay, every other octet becomes `_` and two
 * hexadecimal digits (databases may not tell capital letters from small ones).
 */
export function userTable(tablename: string, user: string | undefined): string {
  return filledIn(tablename, user, (name) => {
    const octets = new TextEncoder().encode(name);
    const safe = Array.from(octets, (octet) => {
      const char = String.fromCharCode(octet);
      return /[a-z0-9]/.test(char) ? char : `_${octet.toString(16).padStart(2, "0")}`;
    }).join("");
    // Nothing else has two of them.
    return safe.length <= TABLE_NAME_LIMIT ? safe : `__${sha256(name).slice(0, 30)}`;
  });
}

/**
 * The same for the number of a mailbox in a table: a name that is a number of up to 15 digits, without
 * zeros before it, is that number; another one is made one of 18 digits by its hash. Of a million such
 * names two are the same with a chance of one in two million.
 */
export function userGroup(groupid: string, user: string | undefined): string {
  return filledIn(groupid, user, (name) => {
    if (/^[1-9]\d{0,14}$/.test(name)) return name;
    return String(FIRST_NAMED_GROUP + BigInt(`0x${sha256(name)}`) % NAMED_GROUPS);
  });
}

function filledIn(
  place: string,
  user: string | undefined,
  safe: (name: string) => string,
): string {
  if (!isForEach(place)) return place;
  if (user !== undefined && user !== "") return place.replaceAll(USER, () => safe(user));
  throw new StoreError("config", `Cannot open ${place}: nobody has signed in to stand for ${USER}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text.toWellFormed()).digest("hex");
}
