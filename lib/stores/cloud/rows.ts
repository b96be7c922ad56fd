/**
 * Rows of the table as items.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { StoreError } from "../errors.ts";
import { type Statement, textFromHex } from "../izynode.ts";
import { type MimeItem, TAGS } from "../mime_store.ts";
import type { Layout } from "./layout.ts";
import type { TableName } from "./options.ts";
import { hexOfText, interleaved, octetsLiteral, textLiteral } from "./sql.ts";

/** What names a message wherever it is. */
export interface Identity {
  readonly sourceid: string;
  readonly guid: string;
}

/** An item, its size -1 where the table does not know it; and who made the row, in hexadecimal. */
export interface Row {
  readonly item: MimeItem;
  readonly writer: string;
}

/** The columns that {@linkcode rowOf} reads. */
export function itemColumns(layout: Layout): string[] {
  const { hasFacts, hasWriter } = layout;
  return [
    "id",
    "status",
    "coalesce(messageUTCTimestamp, 0)",
    "coalesce(created, 0)",
    hexOfText("sourceid"),
    hexOfText("guid"),
    hasFacts ? "coalesce(wiresize, -1)" : "-1",
    hasFacts ? "coalesce(stuffing, 1)" : "1",
    hasFacts ? "coalesce(fingerprint, '')" : "''",
    hasWriter ? "coalesce(hex(writer), '')" : "''",
  ];
}

/** Reads a row of {@linkcode itemColumns}; throws `protocol` where it makes no sense. */
export function rowOf(columns: readonly string[], table: TableName): Row {
  const [id = "", status, date, created, sourceid, guid, size, stuffing, fingerprint, writer] =
    columns;
  const tag = TAGS[numberOf(status)];
  const isId = /^\d{1,20}$/.test(id);
  if (!isId || tag === undefined) throw senseless();
  return {
    item: {
      id,
      guid: textOf(guid),
      tag,
      size: numberOf(size),
      sourceid: textOf(sourceid),
      messageUTCTimestamp: numberOf(date),
      created: numberOf(created),
      fingerprint: fingerprint ?? "",
      name: `${table.full}/${id}`,
      stuffing: stuffing !== "0",
    },
    writer: writer ?? "",
  };
}

/** A whole number; throws `protocol` for anything else. */
export function numberOf(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) throw senseless();
  return Number(text);
}

/** One text for each identity. */
export function identityKey({ sourceid, guid }: Identity): string {
  return JSON.stringify([sourceid, guid]);
}

/** A condition that holds for the rows with one of these identities, and perhaps for others. */
export function whereIdentities(layout: Layout, identities: readonly Identity[]): Statement {
  if (layout.hasIdentity) {
    const hashes = identities.map((each) => octetsLiteral([identityHash(each)]));
    return ["identity in (", ...interleaved(hashes, ", "), ")"];
  }
  const pairs = identities.map(({ sourceid, guid }): Statement => [
    "(",
    ...textLiteral(sourceid),
    ", ",
    ...textLiteral(guid),
    ")",
  ]);
  return ["(sourceid, guid) in (", ...interleaved(pairs, ", "), ")"];
}

/** What the column `identity` is made to hold by the database. */
export function identityHash({ sourceid, guid }: Identity): Uint8Array {
  const hash = (data: string): Uint8Array => createHash("sha256").update(data).digest();
  return createHash("sha256").update(hash(sourceid)).update(hash(guid)).digest();
}

function textOf(digits: string | undefined): string {
  const text = digits === undefined ? undefined : textFromHex(digits);
  if (text === undefined) throw senseless();
  return text;
}

function senseless(): StoreError {
  return new StoreError(
    "protocol",
    "Cannot read the table: the data service gave a row that makes no sense; look at its log",
  );
}
