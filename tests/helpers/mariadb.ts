/**
 * A private MariaDB (Debian's `mariadb-server`) on a socket in a folder of its own under the
 * system's temporary folder, and the little of its protocol that a gateway needs.
 *
 * @module
 */
import { type Needs, whatIsMissing } from "./permissions.ts";
import { runProgram } from "./program.ts";
import { concat } from "./random.ts";

const MARIADB_PROGRAMS = ["mariadbd", "mariadb-install-db"] as const;

/** What a statement gives: rows of octets (`undefined` is NULL), or nothing but success. */
export type SqlResult = readonly (readonly (Uint8Array | undefined)[])[] | undefined;

/** What the database refused. */
export class SqlError extends Error {
  override readonly name = "SqlError";
}

/** A running MariaDB; disposing it ends it and removes its folder. */
export interface MariaDb extends AsyncDisposable {
  /** Runs one statement on any of a few connections, as a gateway with a pool would. */
  execute(sql: string): Promise<SqlResult>;
  /** Runs statements that end in `;` at the end of a line. */
  script(sql: string): Promise<void>;
}

const DATABASE = "izypop3";
const CONNECTIONS = 4;

/** Starts MariaDB, with an empty database chosen. */
export async function startMariaDb(): Promise<MariaDb> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-mariadb-" });
  const asRoot = await isRoot() ? ["--user=root"] : [];
  await install(folder, asRoot);
  const child = spawn(folder, asRoot);
  const stop = async (): Promise<void> => {
    await child.stdin.close();
    await child.status;
  };
  try {
    const connections = await connectAll(folder, child);
    return database(connections, async () => {
      for (const connection of connections) connection.close();
      await stop();
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a test needs to use it. */
export const MARIADB: Needs = { net: true, write: true, programs: MARIADB_PROGRAMS };

/**
 * One for all tests of a file, for it takes a second or two to start; `undefined` where a test that
 * needs it is ignored. To be called outside of the tests: they are watched for what they leave
 * behind. It ends with the process.
 */
export async function startSharedMariaDb(): Promise<MariaDb | undefined> {
  return whatIsMissing(MARIADB) === undefined ? await startMariaDb() : undefined;
}

function database(connections: readonly SqlConnection[], stop: () => Promise<void>): MariaDb {
  let turn = 0;
  const execute = (sql: string): Promise<SqlResult> => {
    const connection = connections[turn++ % connections.length];
    if (connection === undefined) throw new Error("Cannot run SQL: there is no connection");
    return connection.query(sql);
  };
  return {
    execute,
    script: async (sql) => {
      const plain = sql.replace(/^\s*--.*$/gm, "");
      for (const statement of plain.split(/;\s*$/m)) {
        if (statement.trim() !== "") await execute(statement);
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function install(folder: string, asRoot: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram("mariadb-install-db", [
    "--no-defaults",
    `--datadir=${folder}/data`,
    // Two that are made at the same time would use the same names in the common one.
    `--tmpdir=${folder}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
    ...asRoot,
  ]);
  if (code === 0) return;
  await Deno.remove(folder, { recursive: true });
  throw new Error(`Cannot make a database: ${stderr}`);
}

/**
 * Ends the database and removes its folder as soon as its standard input is closed, which happens
 * even if we are killed. In a shell below the one that Deno knows, as that one dies with Deno.
 * Debian keeps daemons where an ordinary user's PATH does not look.
 */
const KEEPER = `PATH="$PATH:/usr/sbin"
exec 3<&0
(
  mariadbd "$@" >"$0/log" 2>&1 3<&- &
  read -r _ <&3
  kill -9 $!
  wait
  rm -rf "$0"
) &
wait`;

function spawn(folder: string, asRoot: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: [
      "-c",
      KEEPER,
      folder,
      "--no-defaults",
      `--datadir=${folder}/data`,
      `--tmpdir=${folder}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      "--skip-networking",
      "--skip-log-bin",
      "--innodb-buffer-pool-size=64M",
      "--innodb-flush-log-at-trx-commit=0",
      "--max-allowed-packet=256M",
      "--character-set-server=utf8mb4",
      ...asRoot,
    ],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function isRoot(): Promise<boolean> {
  const { stdout } = await runProgram("id", ["-u"]);
  return new TextDecoder().decode(stdout).trim() === "0";
}

/** Waits until it answers; 30 s at most. */
async function connectAll(folder: string, child: Deno.ChildProcess): Promise<SqlConnection[]> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  for (let waited = 0; !hasEnded && waited < 30_000; waited += 50) {
    try {
      const first = await SqlConnection.open(`${folder}/socket`);
      await first.query(`create database if not exists ${DATABASE}`);
      const connections = [first];
      while (connections.length < CONNECTIONS) {
        connections.push(await SqlConnection.open(`${folder}/socket`));
      }
      for (const connection of connections) await connection.query(`use ${DATABASE}`);
      return connections;
    } catch (error) {
      if (error instanceof SqlError) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Cannot start MariaDB:\n${await Deno.readTextFile(`${folder}/log`)}`);
}

const LONGEST_PACKET = 0xffffff;

/** One connection: the text protocol of MySQL, one statement at a time. */
class SqlConnection {
  readonly #socket: Deno.Conn;
  #input: Uint8Array = new Uint8Array();
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: Deno.Conn) {
    this.#socket = socket;
  }

  /** As root, who has no password here. */
  static async open(path: string): Promise<SqlConnection> {
    const connection = new SqlConnection(await Deno.connect({ transport: "unix", path }));
    await connection.#read();
    // Protocol 4.1, transactions, long flags, secure connection, plugin authentication.
    const flags = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x80000;
    const hello = new Uint8Array(32);
    const view = new DataView(hello.buffer);
    view.setUint32(0, flags, true);
    view.setUint32(4, 0x40000000, true);
    view.setUint8(8, 45); // utf8mb4
    const rest = new TextEncoder().encode("root\0\0mysql_native_password\0");
    await connection.#write(concat([hello, rest]));
    connection.#check(await connection.#read());
    return connection;
  }

  close(): void {
    this.#socket.close();
  }

  query(sql: string): Promise<SqlResult> {
    const result = this.#last.then(() => this.#query(sql));
    this.#last = result.catch(() => {});
    return result;
  }

  async #query(sql: string): Promise<SqlResult> {
    this.#sequence = 0;
    await this.#write(concat([Uint8Array.of(3), new TextEncoder().encode(sql)]));
    const first = await this.#read();
    this.#check(first);
    if (first[0] === 0) return undefined;
    const columns = first[0] ?? 0;
    for (let i = 0; i < columns; i++) await this.#read();
    await this.#read();
    const rows: (Uint8Array | undefined)[][] = [];
    for (;;) {
      const packet = await this.#read();
      this.#check(packet);
      if (packet[0] === 0xfe && packet.length < 9) return rows;
      rows.push(readRow(packet, columns));
    }
  }

  #check(packet: Uint8Array): void {
    if (packet[0] !== 0xff) return;
    throw new SqlError(new TextDecoder().decode(packet.subarray(9)));
  }

  async #write(payload: Uint8Array): Promise<void> {
    for (let at = 0, size = LONGEST_PACKET; size === LONGEST_PACKET; at += size) {
      size = Math.min(LONGEST_PACKET, payload.length - at);
      const head = Uint8Array.of(size, size >> 8, size >> 16, this.#sequence++);
      const packet = concat([head, payload.subarray(at, at + size)]);
      for (let sent = 0; sent < packet.length;) {
        sent += await this.#socket.write(packet.subarray(sent));
      }
    }
  }

  async #read(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let size = LONGEST_PACKET; size === LONGEST_PACKET;) {
      const head = await this.#take(4);
      size = (head[0] ?? 0) | ((head[1] ?? 0) << 8) | ((head[2] ?? 0) << 16);
      this.#sequence = (head[3] ?? 0) + 1;
      parts.push(await this.#take(size));
    }
    return concat(parts);
  }

  async #take(size: number): Promise<Uint8Array> {
    const parts = [this.#input];
    let octets = this.#input.length;
    while (octets < size) {
      const buffer = new Uint8Array(256 * 1024);
      const read = await this.#socket.read(buffer);
      if (read === null) throw new Error("Cannot read from MariaDB: it closed the connection");
      parts.push(buffer.subarray(0, read));
      octets += read;
    }
    const all = parts.length === 1 ? this.#input : concat(parts);
    this.#input = all.subarray(size);
    return all.subarray(0, size);
  }
}

function readRow(packet: Uint8Array, columns: number): (Uint8Array | undefined)[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let at = 0;
  return Array.from({ length: columns }, () => {
    const first = packet[at++] ?? 0;
    if (first === 0xfb) return undefined;
    let length = first;
    if (first === 0xfc) {
      length = view.getUint16(at, true);
      at += 2;
    } else if (first === 0xfd) {
      length = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
      at += 3;
    } else if (first === 0xfe) {
      length = Number(view.getBigUint64(at, true));
      at += 8;
    }
    at += length;
    return packet.slice(at - length, at);
  });
}
