/**
 * Tables for the `cloud` store: in MariaDB, or in memory.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { CloudStore, type CloudStoreOptions } from "../../lib/stores/cloud.ts";
import { Gateway } from "./gateway.ts";
import { type MariaDb, SqlError, type SqlResult } from "./mariadb.ts";

/** The token of all gateways here. */
export const TOKEN = "s3cret,tok'en";

/** A table, and the gateway before it. */
export interface CloudTable extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly tablename: string;
  /** Runs SQL behind the gateway's back. */
  execute(sql: string): Promise<SqlResult>;
  open(options?: Partial<CloudStoreOptions>): Promise<CloudStore>;
}

let tables = 0;

/** What existing deployments have. */
export const OLD_TABLE = `create table izypop3 (
  id bigint not null auto_increment primary key,
  status tinyint not null default 0,
  groupid int not null default 0,
  messageUTCTimestamp bigint,
  created bigint,
  sourceid varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
  guid varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
  size int,
  payload longblob,
  unique key (groupid, sourceid, guid)
) engine = InnoDB;
`;

/** A table of its own, as docs/cloud.sql has it or as given. */
export async function mariaTable(
  database: MariaDb | undefined,
  script?: string,
): Promise<CloudTable> {
  if (database === undefined) throw new Error("Cannot make a table: MariaDB was not started");
  const schema = script ??
    await Deno.readTextFile(new URL("../../docs/cloud.sql", import.meta.url));
  const tablename = `izypop3.t${tables++}`;
  await database.script(schema.replaceAll(/\bizypop3(?=\b|_)/g, tablename));
  return cloudTable(tablename, database.execute, async () => {});
}

/** A table in memory: SQLite, with what its dialect lacks put in its own words. */
export function memoryTable(): CloudTable {
  const database = new DatabaseSync(":memory:");
  database.exec(MEMORY_SCHEMA);
  // As asynchronous as a database behind a network.
  const execute = async (sql: string): Promise<SqlResult> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return run(database, sql);
  };
  return cloudTable("izypop3", execute, () => Promise.resolve(database.close()));
}

function cloudTable(
  tablename: string,
  execute: (sql: string) => Promise<SqlResult>,
  dispose: () => Promise<void>,
): CloudTable {
  const gateway = new Gateway(execute, TOKEN);
  return {
    gateway,
    tablename,
    execute: (sql) => execute(sql.replaceAll("izypop3", tablename)),
    open: (options) =>
      CloudStore.open({
        dataservice: "http://127.0.0.1/",
        accesstoken: TOKEN,
        tablename,
        fetch: gateway.fetch,
        retry: { attempts: 5, deadlineSeconds: 30, firstDelay: 1 },
        ...options,
      }),
    [Symbol.asyncDispose]: dispose,
  };
}

const MEMORY_SCHEMA = `
create table izypop3 (
  id integer primary key autoincrement, status int, groupid int, messageUTCTimestamp int,
  created int, sourceid text, guid text, size int, payload blob, writer blob, wiresize int,
  stuffing int, fingerprint text, unique (groupid, sourceid, guid)
);
create table izypop3_lock (groupid int primary key, holder blob, owner text, expires int);
create view columns as
  select m.name as table_name, c.name as column_name, 0 as character_maximum_length,
    0 as character_octet_length, 'main' as table_schema
  from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table';
`;

/** From the dialect of MySQL to that of SQLite, as far as the store uses it. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/_utf8mb4 (x'[0-9a-f]*')/g, "cast($1 as text)"],
  [/convert\((\w+) using utf8mb4\)/g, "$1"],
  [/ON DUPLICATE KEY UPDATE id = id/g, "on conflict do nothing"],
  [/on duplicate key update/g, "on conflict do update set"],
  [/= if\(/g, "= iif("],
  [/unix_timestamp\(\)/g, "unixepoch()"],
  [/information_schema\.columns/g, "columns"],
  [/database\(\)/g, "'main'"],
];

function run(database: DatabaseSync, sql: string): SqlResult {
  const translated = WORDS.reduce((text, [from, to]) => text.replaceAll(from, to), sql);
  try {
    const statement = database.prepare(translated);
    if (!/^\s*select/i.test(translated)) {
      statement.run();
      return undefined;
    }
    const encoder = new TextEncoder();
    return statement.all().map((row) =>
      Object.values(row).map((value) => value === null ? undefined : encoder.encode(`${value}`))
    );
  } catch (error) {
    throw new SqlError(error instanceof Error ? error.message : String(error));
  }
}
