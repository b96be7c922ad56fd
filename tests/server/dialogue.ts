import { assert, assertEquals, assertMatch } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import type { LogFields, Logger } from "../../lib/log.ts";
import { MemoryListener } from "../../lib/net/memory_listener.ts";
import type { MemoryTransport } from "../../lib/net/memory_transport.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/server.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";
import { latin1, text } from "../helpers/random.ts";

/**
 * A command and what must come back: the status line (a string is its beginning), and for a
 * multi-line reply the lines behind it, without the final dot.
 */
export type Exchange =
  | readonly [command: string, status: string | RegExp]
  | readonly [command: string, status: string | RegExp, lines: readonly string[]];

/** A client that believes nothing: it sends lines and reads lines. */
export class Dialogue {
  readonly transport: Transport;
  #unread = "";
  #start = 0;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Sends octets as they are. */
  async send(octets: string): Promise<void> {
    await this.transport.write(latin1(octets));
  }

  /** The next line without its CRLF; a bare LF fails. */
  async line(): Promise<string> {
    let end = this.#unread.indexOf("\n", this.#start);
    while (end === -1) {
      assert(await this.#more(), `the server closed; unread: ${JSON.stringify(this.#unread)}`);
      end = this.#unread.indexOf("\n");
    }
    const line = this.#unread.slice(this.#start, end + 1);
    this.#start = end + 1;
    assert(line.endsWith("\r\n"), `not a CRLF line: ${JSON.stringify(line)}`);
    return line.slice(0, -2);
  }

  /** The lines up to the final dot, still stuffed. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== "."; line = await this.line()) lines.push(line);
    return lines;
  }

  /** A message: the octets up to the final dot, without the stuffing. */
  async message(): Promise<string> {
    const lines = await this.lines();
    return lines.map((line) => (line.startsWith(".") ? line.slice(1) : line) + "\r\n").join("");
  }

  /** Everything up to the end of the stream. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#unread;
  }

  /** The server has closed, and nothing is unread. */
  async closed(): Promise<void> {
    assertEquals(await this.rest(), "");
  }

  /** Says each command when the reply to the one before was seen. */
  async talk(...exchanges: readonly Exchange[]): Promise<void> {
    for (const [command, status, lines] of exchanges) {
      await this.send(command + "\r\n");
      await this.expect(command, status, lines);
    }
  }

  /** The reply that comes next is as told. */
  async expect(
    command: string,
    status: string | RegExp,
    lines?: readonly string[],
  ): Promise<void> {
    const line = await this.line();
    if (typeof status === "string") {
      assert(line.startsWith(status), `${command}: ${line}, expected ${status}`);
    } else {
      assertMatch(line, status, command);
    }
    if (lines !== undefined) assertEquals(await this.lines(), lines, command);
  }

  /** Reads the greeting and signs in. */
  async signIn(): Promise<void> {
    await this.expect("greeting", "+OK");
    await this.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  }

  async #more(): Promise<boolean> {
    const into = new Uint8Array(16 * 1024);
    const count = await this.transport.read(into);
    this.#unread = this.#unread.slice(this.#start) + text(into.subarray(0, count));
    this.#start = 0;
    return count > 0;
  }
}

/** What {@linkcode TestServer} lets everybody in with. */
export const PASSWORD = "se cret";

/** A logger that remembers. */
export class LogBook implements Logger {
  readonly entries: { level: string; message: string; fields: LogFields }[] = [];
  #ends: LogFields[] = [];
  #changed = Promise.withResolvers<void>();

  debug(message: string, fields?: LogFields): void {
    this.#add("debug", message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#add("info", message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#add("warn", message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#add("error", message, fields);
  }

  /** The messages of one level. */
  of(level: string): string[] {
    return this.entries.filter((entry) => entry.level === level).map((entry) => entry.message);
  }

  /** Resolves when `count` sessions have ended, with how the last one did. */
  async ended(count: number = 1): Promise<LogFields> {
    for (;;) {
      const last = this.#ends[count - 1];
      if (last !== undefined) return last;
      await this.#changed.promise;
    }
  }

  #add(level: string, message: string, fields: LogFields = {}): void {
    this.entries.push({ level, message, fields });
    if (message !== "session ended") return;
    this.#ends.push(fields);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Everything, to look for what must not be there. */
  toString(): string {
    return JSON.stringify(this.entries);
  }
}

/** A server in memory over one store, whose log can be read. */
export class TestServer implements AsyncDisposable {
  readonly server: Pop3Server;
  readonly log = new LogBook();
  readonly #listener = new MemoryListener();

  constructor(store: MimeStore, options: Partial<Pop3ServerOptions> = {}) {
    this.server = Pop3Server.start({
      listener: this.#listener,
      authenticator: singlePassword(PASSWORD),
      openStore: () => Promise.resolve(store),
      logger: this.log,
      authPenaltyMaxSeconds: 0,
      ...options,
    });
  }

  /** A new connection. */
  connect(): Dialogue & { transport: MemoryTransport } {
    return new Dialogue(this.#listener.connect()) as // it keeps what it is given
    Dialogue & { transport: MemoryTransport };
  }

  /** A new connection that has signed in. */
  async signedIn(): Promise<Dialogue & { transport: MemoryTransport }> {
    const dialogue = this.connect();
    await dialogue.signIn();
    return dialogue;
  }

  /** Resolves when `count` sessions have ended, with how the last one did. */
  ended(count: number = 1): Promise<LogFields> {
    return this.log.ended(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
  }
}

/** Runs one dialogue against a fresh server and ends both. */
export async function withServer(
  store: MimeStore,
  options: Partial<Pop3ServerOptions>,
  run: (server: TestServer) => Promise<void>,
): Promise<void> {
  await using server = new TestServer(store, options);
  await run(server);
}
