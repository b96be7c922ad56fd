/**
 * What a table has beside the columns that every such table has; docs/cloud.sql says what for.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import type { DataService } from "./data_service.ts";
import type { TableName } from "./options.ts";
import { textLiteral } from "./sql.ts";

/** How much a column of text takes. */
export interface Width {
  readonly limit: number;
  readonly inOctets: boolean;
}

/** What may be used of a table. */
export interface Layout {
  /** `identity`: a hash of sourceid and guid, made by the database, with a unique key on it. */
  readonly hasIdentity: boolean;
  /** `writer`: who made the row, so that two who add at once learn which of them did. */
  readonly hasWriter: boolean;
  /** `wiresize`, `stuffing`, `fingerprint`: the facts of the payload; null where not known yet. */
  readonly hasFacts: boolean;
  /** A table of leases, `<tablename>_lock`. */
  readonly hasLocks: boolean;
  readonly widths: ReadonlyMap<string, Width>;
}

/** The table of leases. */
export function lockTable(table: TableName): string {
  return `${table.full}_lock`;
}

/** Looks at the table; throws `missing` if it is not there. */
export async function probeLayout(service: DataService, table: TableName): Promise<Layout> {
  const what = `open the table ${table.full}`;
  const schema = table.schema === undefined ? ["database()"] : textLiteral(table.schema);
  const rows = await service.select(
    what,
    [
      "lower(table_name)",
      "lower(column_name)",
      "coalesce(character_maximum_length, 0)",
      "coalesce(character_octet_length, 0)",
    ],
    [
      "from information_schema.columns where table_schema = ",
      ...schema,
      " and table_name in (",
      ...textLiteral(table.table),
      ", ",
      ...textLiteral(`${table.table}_lock`),
      ")",
    ],
  );
  const main = table.table.toLowerCase();
  const columns = new Map<string, Width>();
  for (const [name, column = "", characters, octets] of rows) {
    if (name !== main) continue;
    columns.set(column, { limit: Number(characters), inOctets: characters === octets });
  }
  // A database may keep its descriptions to itself: then the table is asked.
  if (columns.size === 0) await service.select(what, ["1"], [`from ${table.full} where 1 = 0`]);
  return {
    hasIdentity: columns.has("identity"),
    hasWriter: columns.has("writer"),
    hasFacts: ["wiresize", "stuffing", "fingerprint"].every((name) => columns.has(name)),
    hasLocks: rows.some(([name]) => name === `${main}_lock`),
    widths: columns,
  };
}

/** Throws `config` where a text does not fit into its column: it must not be cut. */
export function checkWidth(layout: Layout, column: "sourceid" | "guid", text: string): void {
  const width = layout.widths.get(column);
  if (width === undefined || width.limit === 0) return;
  const length = width.inOctets ? new TextEncoder().encode(text).length : [...text].length;
  if (length <= width.limit) return;
  throw new StoreError(
    "config",
    `Cannot store a message with a ${column} of ${length}: the table takes ${width.limit}; ` +
      "widen the column as docs/cloud.sql shows",
  );
}
