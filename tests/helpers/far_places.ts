/**
 * Stores that are services, as the command line is told of them: a bucket of s3rver, one in
 * memory, a table of MariaDB behind a gateway.
 *
 * @module
 */
import { mariaTable, TOKEN } from "./cloud_tables.ts";
import { MARIADB, type MariaDb, startSharedMariaDb } from "./mariadb.ts";
import { ACCESS_KEY, MemoryS3 } from "./memory_s3.ts";
import type { Needs } from "./permissions.ts";
import { S3RVER, type S3rver, startSharedS3rver } from "./s3rver.ts";

/** A place that nobody else uses. */
export interface FarPlace extends AsyncDisposable {
  /** The flags behind `--mimestore.` or `--to.` that name it, with the kind of store. */
  readonly flags: Readonly<Record<string, string>>;
  /** The flag that can hold `{user}`. */
  readonly forEach: "prefix" | "groupid";
  /** The flag for the secret. */
  readonly secretFlag: "secretaccesskey" | "accesstoken";
  readonly secret: string;
}

/** A kind of place. */
export interface FarKind {
  readonly name: string;
  /** What keeps the messages. */
  readonly container: "bucket" | "table";
  /** s3rver takes every signature of the fourth version, whatever it was made with. */
  readonly checksSecret: boolean;
  readonly needs: Needs;
  readonly make: () => Promise<FarPlace>;
}

let places = 0;

/** Starts the services; to be called outside of the tests. They end with the process. */
export async function farKinds(): Promise<readonly FarKind[]> {
  const [s3rver, database] = await Promise.all([startSharedS3rver(), startSharedMariaDb()]);
  const programs = { read: true, env: true, run: true } as const;
  return [
    {
      ...{ name: "s3rver", container: "bucket", checksSecret: false },
      needs: { ...S3RVER, ...programs },
      make: () => Promise.resolve(inBucket(s3rver)),
    },
    {
      ...{ name: "s3", container: "bucket", checksSecret: true },
      needs: { net: true, write: true, ...programs },
      make: () => Promise.resolve(inMemory()),
    },
    {
      ...{ name: "cloud", container: "table", checksSecret: true },
      needs: { ...MARIADB, ...programs },
      make: () => inTable(database),
    },
  ];
}

/** The flags as words of a command line, for `mimestore` or `to`. */
export function farFlags(
  place: Pick<FarPlace, "flags">,
  group: "mimestore" | "to" = "mimestore",
  more: Readonly<Record<string, string>> = {},
): string[] {
  return Object.entries({ ...place.flags, ...more })
    .flatMap(([name, value]) => [`--${group}.${name}`, value]);
}

/** The variable that holds the secret. */
export function farEnv(place: FarPlace, group: "MIMESTORE" | "TO" = "MIMESTORE") {
  return { [`IZYPOP3_${group}_${place.secretFlag.toUpperCase()}`]: place.secret };
}

function inBucket(s3rver: S3rver | undefined): FarPlace {
  if (s3rver === undefined) throw new Error("Cannot use a bucket: s3rver was not started");
  return {
    ...bucketPlace(s3rver.endpoint, "S3RVER", "S3RVER"),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function inMemory(): FarPlace {
  const served = new MemoryS3().serve();
  return {
    ...bucketPlace(served.url, ACCESS_KEY.accesskeyid, ACCESS_KEY.secretaccesskey),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

function bucketPlace(
  endpoint: string,
  accesskeyid: string,
  secret: string,
): Omit<FarPlace, keyof AsyncDisposable> {
  const prefix = `place${places++}/`;
  return {
    flags: { modhandler: "s3", endpoint, bucket: "mail", prefix, accesskeyid, lease: "2" },
    ...{ forEach: "prefix", secretFlag: "secretaccesskey", secret },
  };
}

async function inTable(database: MariaDb | undefined): Promise<FarPlace> {
  const table = await mariaTable(database);
  const served = table.gateway.serve();
  return {
    flags: {
      modhandler: "cloud",
      dataservice: served.url,
      tablename: table.tablename,
      groupid: "7",
      lease: "2",
    },
    forEach: "groupid",
    secretFlag: "accesstoken",
    secret: TOKEN,
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await table[Symbol.asyncDispose]();
    },
  };
}
