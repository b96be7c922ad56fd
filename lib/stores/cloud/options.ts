/**
 * The options of the `cloud` store, checked before anything is sent.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import { isLoopback } from "../../net/loopback.ts";
import { StoreError } from "../errors.ts";
import { isSendable, IZYNODE_ENCODINGS, type IzynodeEncoding } from "../izynode.ts";
import type { RetryPolicy } from "../retry.ts";
import type { ServiceFetch } from "../network_failure.ts";

/** Options of {@linkcode CloudStore.open}. */
export interface CloudStoreOptions {
  /** The service's URL: absolute, `http:` or `https:`, ending in `/`. */
  readonly dataservice: string;
  /** What the service knows us by; without it requests carry none. */
  readonly accesstoken?: string;
  /** `table` or `schema.table`: letters, digits, `_`, and one dot at most. */
  readonly tablename: string;
  /** Which mailbox of the table: a whole number. @default {0} */
  readonly groupid?: number | string;
  /** How requests are written; none of them hides anything. @default {"shift"} */
  readonly encoding?: IzynodeEncoding | (string & Record<never, never>);
  /** Send the token in the clear to a host that is not this machine. @default {false} */
  readonly insecure?: boolean;
  /**
   * Never change a message's tag: `markAs` runs `select 1` instead. That is what the service's
   * first client library did with its "commit mode" off; here it is the server that decides what
   * serving does to tags, so this is for tables that others work on. @default {false}
   */
  readonly readOnlyTags?: boolean;
  /**
   * At most so many octets of SQL a statement; a message that does not fit goes alone. The
   * service must take twice as many in a request where the encoding is `hex`. @default {1048576}
   */
  readonly batchoctets?: number;
  /** How long one attempt of a request may take; large ones get more. @default {60} */
  readonly timeoutSeconds?: number;
  /** How long to insist when the service fails in passing. */
  readonly retry?: RetryPolicy;
  /** How long a maildrop's lock outlives its holder. @default {60} */
  readonly leaseSeconds?: number;
  /** Hears of locks that could not be renewed. */
  readonly logger?: Logger;
  /** What requests are sent with. @default {globalThis.fetch} */
  readonly fetch?: ServiceFetch;
}

/** What is spliced into SQL, checked. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
  /** As SQL has it. */
  readonly full: string;
}

/** The service's URL as it was given; throws `config` if it is none. */
export function checkedUrl(dataservice: string): string {
  const url = URL.canParse(dataservice) ? new URL(dataservice) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  // What is behind the path would swallow the page's name; credentials would show up in logs.
  if (
    url === undefined || !isHttp || !dataservice.endsWith("/") || url.search !== "" ||
    url.hash !== "" || url.username !== "" || url.password !== ""
  ) {
    throw config("use this dataservice: it is an absolute http(s) URL that ends in /");
  }
  return url.href;
}

/** The parts of a table's name; throws `config` where it is not one that can stand in SQL. */
export function checkedTable(tablename: string): TableName {
  const match = /^(?:([A-Za-z0-9_]{1,64})\.)?([A-Za-z0-9_]{1,59})$/.exec(tablename);
  const [, schema, table] = match ?? [];
  // Digits alone would be a number.
  if (
    table === undefined || /^\d+$/.test(table) || (schema !== undefined && /^\d+$/.test(schema))
  ) {
    throw config(
      `use the tablename ${JSON.stringify(tablename.slice(0, 100))}: it is table or ` +
        "schema.table, of letters, digits and _",
    );
  }
  return { schema, table, full: tablename };
}

/** The group's number as SQL has it; throws `config` where it is no whole number. */
export function checkedGroup(groupid: number | string | undefined): string {
  const text = String(groupid ?? 0).trim();
  if (/^-?\d{1,18}$/.test(text)) return String(BigInt(text));
  throw config(`use the groupid ${JSON.stringify(text.slice(0, 100))}: it is a whole number`);
}

/** One of the encodings; throws `config` for another. */
export function checkedEncoding(encoding: string | undefined): IzynodeEncoding {
  const found = IZYNODE_ENCODINGS.find((each) => each === (encoding ?? "shift"));
  if (found !== undefined) return found;
  throw config(
    `use the encoding ${JSON.stringify(encoding)}: it is one of ${IZYNODE_ENCODINGS.join(", ")}`,
  );
}

/** The token, if it may go to that URL; throws `config` if it must not, never showing it. */
export function checkedToken(
  options: CloudStoreOptions,
  encoding: IzynodeEncoding,
): string | undefined {
  const { accesstoken, dataservice, insecure = false } = options;
  if (accesstoken === undefined || accesstoken === "") return undefined;
  const { protocol, hostname } = new URL(dataservice);
  if (protocol === "http:" && !insecure && !isLoopback(hostname)) {
    throw config(
      `send the accesstoken to ${hostname}: over http: everybody on the way can read it; use ` +
        "an https: dataservice, or say insecure",
    );
  }
  if (isSendable(accesstoken, encoding)) return accesstoken;
  throw config("send this accesstoken: it holds what has a meaning of its own on the wire");
}

/** A number of at least `least`; throws `config` otherwise. */
export function checkedNumber(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw config(`use ${name} ${value}: it is a number of at least ${least}`);
}

function config(what: string): StoreError {
  return new StoreError("config", `Cannot ${what}`);
}
