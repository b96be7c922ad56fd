/**
 * The lock of a maildrop: a row in the table of leases, by the clock of the database. The service
 * keeps no session for us, so a lock that dies with a connection is none here.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { StoreError } from "../errors.ts";
import { type Statement, textFromHex } from "../izynode.ts";
import type { LeaseTaker } from "../lease.ts";
import type { DataService } from "./data_service.ts";
import { interleaved, octetsLiteral, textLiteral } from "./sql.ts";

/** An owner's name is cut there. */
const OWNER_LENGTH = 100;

const NOW = "unix_timestamp()";

/** A claim on one group's lease: the same one for all that a store object does, in turn. */
export class LockRow implements LeaseTaker {
  readonly #service: DataService;
  readonly #table: string;
  readonly #group: string;
  readonly #seconds: number;
  readonly #holder = randomBytes(16);

  constructor(service: DataService, table: string, group: string, seconds: number) {
    this.#service = service;
    this.#table = table;
    this.#group = group;
    this.#seconds = Math.ceil(seconds);
  }

  /** Takes the lease; throws `in-use` if somebody else has it. */
  async take(owner: string): Promise<void> {
    const name = textLiteral(owner.toWellFormed().slice(0, OWNER_LENGTH).toWellFormed());
    const until = `${NOW} + ${this.#seconds}`;
    const ours = octetsLiteral([this.#holder]);
    // The same condition for each column, so that the order of the assignments does not matter.
    const either = (mine: Statement, theirs: string): Statement => [
      `${theirs} = if(expires < ${NOW} or holder = `,
      ...ours,
      ", ",
      ...mine,
      `, ${theirs})`,
    ];
    await this.#service.run("lock the maildrop", [
      `insert into ${this.#table} (groupid, holder, owner, expires) values (${this.#group}, `,
      ...interleaved([ours, name, [until]], ", "),
      ") on duplicate key update ",
      ...interleaved(
        [either(name, "owner"), either(ours, "holder"), either([until], "expires")],
        ", ",
      ),
    ]);
    const holder = await this.#read();
    if (holder?.isUs === true) return;
    throw new StoreError(
      "in-use",
      `Cannot lock the maildrop: ${holder?.owner ?? "somebody else"} uses it; try later`,
    );
  }

  async renew(): Promise<boolean> {
    await this.#service.run("keep the maildrop locked", [
      `update ${this.#table} set expires = ${NOW} + ${this.#seconds} where ${this.#mine[0]}`,
      ...this.#mine.slice(1),
    ]);
    return (await this.#read())?.isUs === true;
  }

  async release(): Promise<void> {
    await this.#service.run("unlock the maildrop", [
      `delete from ${this.#table} where `,
      ...this.#mine,
    ]);
  }

  /** A condition that holds as long as the lease is ours: whoever lost it changes nothing by it. */
  fence(): Statement {
    return [
      `exists (select 1 from ${this.#table} where expires >= ${NOW} and `,
      ...this.#mine,
      ")",
    ];
  }

  get #mine(): Statement {
    return [`groupid = ${this.#group} and holder = `, ...octetsLiteral([this.#holder])];
  }

  async #read(): Promise<{ readonly isUs: boolean; readonly owner: string } | undefined> {
    const [row] = await this.#service.select(
      "lock the maildrop",
      ["hex(holder)", "hex(owner)"],
      [`from ${this.#table} where groupid = ${this.#group}`],
    );
    if (row === undefined) return undefined;
    const [holder = "", owner = ""] = row;
    return {
      isUs: holder.toLowerCase() === this.#holder.toString("hex"),
      owner: textFromHex(owner) ?? "",
    };
  }
}
