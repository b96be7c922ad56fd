/**
 * The commands. The code of each is loaded when it is called, so that the others cost nothing;
 * the specifiers are literal, so that `deno compile` finds them.
 *
 * @module
 */
import type { OptionTable } from "../config/option.ts";
import { OPTION_TABLES } from "../config/option_table.ts";
import { type Environment, resolve, type Resolved } from "../config/resolve.ts";
import type { CommandFacts, Run } from "./command.ts";
import type { Interruption } from "./interruption.ts";
import type { Io } from "./io.ts";

/** The words behind a command, and what surrounds it. */
export interface Call {
  readonly args: readonly string[];
  /** Whether `args` are old word pairs. */
  readonly pairs: boolean;
  readonly io: Io;
  readonly interruption: Interruption;
}

/** A command that can be called. */
export interface Command extends CommandFacts {
  readonly options: OptionTable;
  readonly call: (call: Call) => Promise<number>;
}

/** All commands by name. */
export const COMMANDS: Readonly<Record<keyof typeof OPTION_TABLES, Command>> = {
  serverpop3: {
    about: "serve a store's messages over POP3",
    usage: "[flags]",
    examples: [
      "izypop3 serverpop3",
      "izypop3 serverpop3 --port 1110 --password-file ~/.pw " +
      "--mimestore.modhandler localfs --mimestore.path ~/mail",
      "izypop3 serverpop3 --store localfs --mimestore.path '/srv/mail/{user}' --log-format json",
    ],
    options: OPTION_TABLES.serverpop3,
    call: (call) =>
      run("serverpop3", OPTION_TABLES.serverpop3, call, async () => {
        return (await import("./serverpop3.ts")).serverpop3;
      }),
  },
  clientpop3: {
    about: "read and fetch mail from a POP3 server",
    usage: "[flags] [pop3[s]://USER@HOST:PORT] [list|stat|uidl|top|retr|dele|capa|sync]",
    examples: [
      "izypop3 clientpop3 --tls --ip pop.example.org --user me --pass-file ~/.pw list",
      "izypop3 clientpop3 pop3s://me@pop.example.org retr --query last:20 " +
      "--store localfs --mimestore.path ~/mail",
      "izypop3 clientpop3 --ip 127.0.0.1 --port 1110 --user me top --query 1 --lines 5",
    ],
    options: OPTION_TABLES.clientpop3,
    call: (call) =>
      run("clientpop3", OPTION_TABLES.clientpop3, call, async () => {
        return (await import("./clientpop3.ts")).clientpop3;
      }),
  },
  querystore: {
    about: "look into a store, and add messages to it",
    usage: "[flags] [query|status|cat|add FILE…|mark|verify|export [FILE]|import FILE…]",
    examples: [
      "izypop3 querystore --store localfs --mimestore.path ~/mail",
      "izypop3 querystore --store localfs --mimestore.path ~/mail status --json",
      "izypop3 querystore --store localfs --mimestore.path ~/mail add *.eml",
      "izypop3 querystore --store localfs --mimestore.path ~/mail export " +
      "--to.modhandler maildir --to.path ~/Maildir",
    ],
    options: OPTION_TABLES.querystore,
    call: (call) =>
      run("querystore", OPTION_TABLES.querystore, call, async () => {
        return (await import("./querystore.ts")).querystore;
      }),
  },
  test: {
    about: "check that server, client and stores work on this machine",
    usage: "[flags]",
    examples: [
      "izypop3 test",
      "izypop3 test --testtype mimestore --mimestore.modhandler fake --query.limit 2",
      "izypop3 test --testtype server --tls --ip pop.example.org --user me --pass-file ~/.pw",
    ],
    options: OPTION_TABLES.test,
    call: (call) =>
      run("test", OPTION_TABLES.test, call, async () => {
        return (await import("./test.ts")).test;
      }),
  },
  passwd: {
    about: "make a line for the server's users file",
    usage: "[flags] [NAME]",
    examples: [
      "izypop3 passwd --user me >> users",
      "izypop3 passwd --user me --password-file ~/.pw --maildrop /srv/mail/me >> users",
    ],
    options: OPTION_TABLES.passwd,
    call: (call) =>
      run("passwd", OPTION_TABLES.passwd, call, async () => {
        return (await import("./passwd.ts")).passwd;
      }),
  },
};

async function run<T extends OptionTable>(
  command: string,
  table: T,
  call: Call,
  load: () => Promise<Run<T>>,
): Promise<number> {
  const { io, interruption } = call;
  const environment: Environment = io.environment;
  const resolved: Resolved<T> = await resolve({
    command,
    table,
    args: call.args,
    pairs: call.pairs,
    environment,
    everything: Object.values(OPTION_TABLES),
  });
  return await (await load())({ ...resolved, io, signal: interruption.signal, interruption });
}
