/**
 * A POP3 client.
 *
 * @module
 */

import type { Transport } from "../net/transport.ts";
import type { Capabilities } from "../protocol/capability.ts";
import { ConnectionError } from "../net/errors.ts";
import type { Command } from "../protocol/command.ts";
import type { Conversation, OkStatus } from "./conversation.ts";
import { greet, open } from "./dial.ts";
import type { Greeted } from "./dial.ts";
import { KnownCapabilities } from "./known_capabilities.ts";
import { askList, askSize, askUidl, unreadable } from "./listing_commands.ts";
import { parseListReply, parseStat, parseUidlReply } from "./listings.ts";
import type { ListEntry, MaildropStat, UidlEntry } from "./listings.ts";
import { announcedWindow, fixedWindow } from "./options.ts";
import type { Pop3ClientOptions, SessionOptions } from "./options.ts";
import type { Window } from "./pipeline.ts";
import { deleteMany, retrieveMany, retrieveOne } from "./many.ts";
import type { Deletion, Retrieval } from "./many.ts";
import { deletesWhatIsRead, takeBack } from "./read_marks.ts";
import { withoutSecondStatus } from "./second_status.ts";
import type { FirstResponse } from "./sasl.ts";
import { signIn } from "./sign_in.ts";
import type { SignInOptions } from "./sign_in.ts";
import { Turns } from "./turns.ts";

/**
 * A session with a POP3 server (RFC 1939).
 *
 * Every method that talks to the server throws {@linkcode ServerRefusal} when the server says no;
 * the session goes on after that. {@linkcode ConnectionError}, {@linkcode TimeoutError},
 * {@linkcode CertificateError} and {@linkcode ProtocolError} end it: later calls throw the same
 * error. One command runs at a time; while the messages of {@linkcode Pop3Client.retrieve},
 * `retr` or `top` are being read, others throw {@linkcode BusyError}.
 *
 * Disposing a client closes the connection without QUIT, so nothing is deleted: deletions count
 * only after {@linkcode Pop3Client.quit}.
 *
 * @example
 * ```ts
 * import { FakeStore, Pop3Client, Pop3Server, singlePassword } from "@izyware/izypop3";
 *
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(new FakeStore({ count: 2 })),
 * });
 *
 * await using client = await Pop3Client.connect(server.address);
 * await client.signIn({ user: "me", password: "secret" });
 * for (const { number, size } of await client.list()) console.log(number, size);
 * await client.quit();
 * ```
 */
export class Pop3Client implements AsyncDisposable {
  /** The text behind the server's first `+OK`. */
  readonly greeting: string;
  readonly #conversation: Conversation;
  readonly #options: SessionOptions;
  readonly #turns = new Turns();
  readonly #capabilities: KnownCapabilities;
  readonly #firstResponse: FirstResponse = { twoSteps: false, broke: false };
  /** What LIST told, by number: tells the end of a message from a line that is just a dot. */
  #sizes: number[] | undefined;
  /** Whether QUIT has something to do that must be confirmed. */
  #marked = false;

  private constructor({ conversation, greeting }: Greeted, options: SessionOptions) {
    this.#conversation = conversation;
    this.#capabilities = new KnownCapabilities(conversation, options.capa ?? true);
    this.#options = options;
    this.greeting = greeting;
  }

  /**
   * Connects, waits for the greeting, and encrypts as `security` says. `tcp` is a connection to that
   * host and port that was begun already, and belongs to the client from now on.
   *
   * @throws {ConnectionError} if the server cannot be reached.
   * @throws {CertificateError} if its certificate is not to be trusted.
   * @throws {TimeoutError} if it says nothing.
   * @throws {ProtocolError} if what answers is not POP3; the message says what it looks like.
   * @throws {ServerRefusal} if it greets with `-ERR`, or refuses STLS.
   */
  static async connect(
    options: Pop3ClientOptions,
    tcp?: Promise<Transport>,
  ): Promise<Pop3Client> {
    return new Pop3Client(await open(options, tcp), options);
  }

  /** The same over a transport that is connected already, which then belongs to the client. */
  static async over(
    transport: Transport,
    options: SessionOptions & { readonly hostname?: string } = {},
  ): Promise<Pop3Client> {
    return new Pop3Client(await greet(transport, options), options);
  }

  /** Whether TLS protects the session. */
  get secure(): boolean {
    return this.#conversation.secure;
  }

  /** Commands sent whose replies have not begun; if it fails then, pipelining may be the reason. */
  get commandsAhead(): number {
    return this.#conversation.commandsAhead;
  }

  /** Whether the session ended while it waited for the reply to CAPA (see the option `capa`). */
  get endedByCapa(): boolean {
    return this.#capabilities.broke;
  }

  /** Whether it was lost behind an AUTH that bore a first response (see the option `twoSteps`). */
  get endedByFirstResponse(): boolean {
    return this.#firstResponse.broke;
  }

  /** Signs in; the capabilities are asked for again afterwards, for they may differ then. */
  async signIn(options: SignInOptions): Promise<void> {
    using _turn = await this.#turn("the sign-in");
    const { greeting } = this;
    const [capabilities, firstResponse] = [this.#capabilities, this.#firstResponse];
    await signIn(this.#conversation, options, { greeting, capabilities, firstResponse });
    capabilities.forget();
  }

  /** CAPA (RFC 2449 §5): what the server offers now. */
  async capa(): Promise<Capabilities> {
    using _turn = await this.#turn("CAPA");
    return await this.#capabilities.ask();
  }

  /** What the server offers, asked once before and once after sign-in; nothing if it has no CAPA. */
  async capabilities(): Promise<Capabilities> {
    using _turn = await this.#turn("CAPA");
    return await this.#capabilities.get();
  }

  /** STAT: how many messages there are, and how large they are together. */
  async stat(): Promise<MaildropStat> {
    const { text } = await this.#command({ verb: "STAT" });
    return parseStat(text) ?? unreadable(this.#conversation, "STAT", text);
  }

  /** LIST: all messages that are not deleted, in the server's order. */
  async list(): Promise<ListEntry[]> {
    using _turn = await this.#turn("LIST");
    const entries = await askList(this.#conversation);
    const sizes: number[] = [];
    for (const { number, size } of entries) sizes[number] = size;
    this.#sizes = sizes;
    return entries;
  }

  /** LIST of one message. */
  async listOne(number: number): Promise<ListEntry> {
    const { text } = await this.#command({ verb: "LIST", number });
    return parseListReply(text, number) ??
      unreadable(this.#conversation, `LIST ${number}`, text);
  }

  /** UIDL (optional in RFC 1939 §7): the unique ids of all messages. */
  async uidl(): Promise<UidlEntry[]> {
    using _turn = await this.#turn("UIDL");
    return await askUidl(this.#conversation);
  }

  /** UIDL of one message. */
  async uidlOne(number: number): Promise<UidlEntry> {
    const { text } = await this.#command({ verb: "UIDL", number });
    return parseUidlReply(text, number);
  }

  /** TOP (optional in RFC 1939 §7): the header and `lines` lines of the body, to be iterated once. */
  top(number: number, lines: number): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#octets({ verb: "TOP", number, lines }, `the top of message ${number}`);
  }

  /**
   * RETR: the octets of one message, un-stuffed and otherwise exactly as sent; to be iterated once.
   * It ends only where the server ended the message, else it throws. What is not read when the
   * loop is left is dropped before the next command. Without LIST before, its size is asked first.
   */
  retr(number: number): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#octets({ verb: "RETR", number }, `message ${number}`);
  }

  /**
   * RETR of many messages, pipelined where that is possible. A message's octets have to be read
   * before the next message is asked for, else they are dropped; a part of them is valid until the
   * next part is asked for (copy it to keep it). A refused message does not end the others.
   * Call {@linkcode Pop3Client.list} before, so that sizes are known.
   */
  async *retrieve(numbers: Iterable<number>): AsyncGenerator<Retrieval, void, undefined> {
    using _turn = await this.#turn("RETR", true);
    yield* retrieveMany(this.#conversation, numbers, this.#sizes ?? [], await this.#window());
  }

  /** DELE: marks a message as deleted; that takes effect with {@linkcode Pop3Client.quit}. */
  async dele(number: number): Promise<void> {
    if (!this.#marked && deletesWhatIsRead(this.greeting)) await takeBack(this);
    this.#marked = true;
    await this.#command({ verb: "DELE", number });
  }

  /** DELE of many messages, pipelined where that is possible; one refusal does not end the others. */
  async *deleteAll(numbers: Iterable<number>): AsyncGenerator<Deletion, void, undefined> {
    if (!this.#marked && deletesWhatIsRead(this.greeting)) await takeBack(this);
    using _turn = await this.#turn("DELE", true);
    this.#marked = true;
    yield* deleteMany(this.#conversation, numbers, await this.#window());
  }

  /** NOOP: keeps the session alive. */
  async noop(): Promise<void> {
    await this.#command({ verb: "NOOP" });
  }

  /** RSET: takes all deletion marks back. */
  async rset(): Promise<void> {
    await this.#command({ verb: "RSET" });
    this.#marked = false;
  }

  /**
   * QUIT: makes the server delete what was marked, and ends the session.
   *
   * @throws {ServerRefusal} if some of it was not deleted.
   * @throws {ConnectionError} if messages were marked and the answer did not come: they may still
   *   be there.
   */
  async quit(): Promise<void> {
    try {
      if (!this.#marked && deletesWhatIsRead(this.greeting)) await takeBack(this);
      await this.#command({ verb: "QUIT" });
    } catch (error) {
      // Some servers just close. Without deletions there was nothing left to be confirmed.
      const harmless = !this.#marked && error instanceof ConnectionError;
      if (!harmless) throw error;
    } finally {
      this.close();
    }
  }

  /** Ends the connection at once and without QUIT: nothing is deleted. Harmless when called twice. */
  close(): void {
    this.#conversation.close();
  }

  /** The same as {@linkcode Pop3Client.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  async #turn(what: string, long = false): Promise<Disposable> {
    const turn = await this.#turns.take(what, long);
    try {
      await this.#conversation.settle();
      return turn;
    } catch (error) {
      turn[Symbol.dispose]();
      throw error;
    }
  }

  async #command(command: Command): Promise<OkStatus> {
    using _turn = await this.#turn(command.verb);
    return await this.#conversation.ask(command);
  }

  async *#octets(command: Command, name: string): AsyncGenerator<Uint8Array, void, undefined> {
    using _turn = await this.#turn(command.verb, true);
    const size = command.verb === "RETR" ? await this.#sizeOf(command.number) : undefined;
    const octets = retrieveOne(this.#conversation, command, name, size);
    yield* command.verb === "TOP" ? withoutSecondStatus(octets) : octets;
  }

  async #sizeOf(number: number): Promise<number | undefined> {
    return this.#sizes === undefined
      ? await askSize(this.#conversation, number)
      : this.#sizes[number];
  }

  async #window(): Promise<Window> {
    return fixedWindow(this.#options.pipeline) ??
      announcedWindow((await this.#capabilities.get()).has("PIPELINING"));
  }
}
