/**
 * How `localfs` names messages: `.eml` files whose names tell what they are.
 *
 * @module
 */
import { makeFolder } from "./file_lock.ts";
import { FOREIGN, OTHER_NAME } from "./frames.ts";
import type { Described, Layout, Naming, Unnamed } from "./layout.ts";
import { fileName, hashedName, type Identity, identityOf, isMessageName } from "./names.ts";

/** The names of `.eml` files: the name is the claim, and all of the file's name. */
export const emlNaming: Naming = {
  isMessage: isMessageName,
  nameLength: (file: string): number => file.length,
  claim: fileName,
  names: ({ claim, identity }: Unnamed): readonly [string, string] => [claim, hashedName(identity)],
  otherName(name: string, id: string, count: number): string {
    return `${start(name.slice(0, -4))}~${id}${count === 0 ? "" : `-${count}`}.eml`;
  },
  isLogged: (name: string): boolean => identityOf(name).form === "hashed",
  describe,
  identityText: textOf,
  ending: (): string => "",
  markedPlace: (tag: number): number => tag,
  make: ({ folders }: Layout, place: number): boolean => {
    return place !== 0 && makeFolder(folders[place] ?? "");
  },
};

/** As much of a name as leaves room for more in the 255 octets of a file's name. */
function start(name: string): string {
  const octets = new Uint8Array(150);
  return name.slice(0, new TextEncoder().encodeInto(name, octets).read);
}

function describe(name: string, logged: Identity | undefined): Described {
  const foreign = identityOf(name).form === "foreign" ? FOREIGN : 0;
  if (logged === undefined) return { identity: "", flags: foreign };
  const isFirst = fileName(logged) === name;
  const identity = isFirst ? textOf(name, logged) : JSON.stringify([logged.sourceid, logged.guid]);
  return { identity, flags: foreign + (isFirst ? 0 : OTHER_NAME) };
}

function textOf(name: string, { sourceid, guid }: Identity): string {
  // Only a hashed name has this sign.
  return name.includes("~") ? JSON.stringify([sourceid, guid]) : "";
}
