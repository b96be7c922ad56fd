/**
 * Commands and replies in their order, and what is under way between them.
 *
 * @module
 */

import { describeCommand, encodeCommand } from "../protocol/command.ts";
import type { Command } from "../protocol/command.ts";
import { ProtocolError, ServerRefusal } from "../protocol/errors.ts";
import type { ClientTlsOptions } from "../net/transport.ts";
import { decodeText } from "../protocol/octets.ts";
import { parseStatusLine, type StatusLine } from "../protocol/reply.ts";
import { IncomingMessage } from "./incoming_message.ts";
import { parseListReply } from "./listings.ts";
import type { GluedEnd } from "./message_body.ts";
import { Queue } from "./queue.ts";
import { type ChunkSource, type LineTaker, ReplyReader } from "./reply_reader.ts";
import type { Wire } from "./wire.ts";

/** Who listens to a conversation, for logs; nothing secret is ever told. */
export interface Dialogue {
  /** What was sent: a command, secrets as `***`. */
  readonly onSend?: (text: string) => void;
  /** What came: a status line; of listings and messages only how much it was. */
  readonly onReceive?: (text: string) => void;
  /** How long we waited for a reply to begin, in ms. */
  readonly onWait?: (milliseconds: number) => void;
  /** All that came, as it came, contents too; valid until the call returns. */
  readonly onOctets?: (octets: Uint8Array) => void;
}

/** `+OK`, and the text behind it. */
export interface OkStatus {
  readonly text: string;
}

/**
 * What is so short, or one short word of small letters, stands in a server's sentence by chance:
 * hiding `wrong` in "wrong password" would tell more than showing it.
 */
const BY_CHANCE = /^(.{0,2}|[a-z]{0,7})$/s;

/** So many ms after a message that ends in a dot we ask whether that was its end. */
const LONGEST_DOUBT = 2000;

/** A command whose reply has not begun yet. */
interface Sent {
  readonly what: string;
  /** Sent only to see where a message ends; nobody waits for its reply. */
  readonly probe: boolean;
}

/** The client's side of a session. */
export class Conversation {
  /** `host:port`. */
  readonly peer: string;
  readonly #wire: Wire;
  readonly #reader: ReplyReader;
  readonly #dialogue: Dialogue;
  readonly #sent = new Queue<Sent>();
  #secrets: readonly string[] = [];
  #afterTop = false;
  #unread: (() => Promise<void>) | undefined;

  constructor(wire: Wire, peer: string, dialogue: Dialogue = {}) {
    this.#wire = wire;
    this.#reader = new ReplyReader(heard(wire, dialogue.onOctets), peer);
    this.#dialogue = dialogue;
    this.peer = peer;
  }

  /** Whether TLS protects it now. */
  get secure(): boolean {
    return this.#wire.secure;
  }

  /** The address of the peer. */
  get remoteHostname(): string {
    return this.#wire.remoteHostname;
  }

  /** Commands that were sent and whose replies have not begun. */
  get commandsAhead(): number {
    return this.#sent.length;
  }

  /** Waits for the server's first line. */
  async greeting(): Promise<OkStatus> {
    const { line, octets } = await this.#timed(() => this.#reader.greeting());
    this.#dialogue.onReceive?.(decodeText(octets));
    return accepted(line, "the connection", this.peer);
  }

  /** Sends a command without waiting for anything. */
  send(command: Command): void {
    if (this.#afterTop) this.#refuseUnasked();
    this.#afterTop = command.verb === "TOP";
    const what = describeCommand(command);
    this.#wire.send(encodeCommand(command));
    this.#sent.push({ what, probe: false });
    this.#dialogue.onSend?.(what);
  }

  /** Sends a line that is no command, as SASL has them; logs see `***`. */
  sendSecretLine(octets: Uint8Array, what: string): void {
    const line = new Uint8Array(octets.length + 2);
    line.set(octets);
    line.set([0x0d, 0x0a], octets.length);
    this.#wire.send(line);
    this.#sent.push({ what, probe: false });
    this.#dialogue.onSend?.("***");
  }

  /** The status line that answers the oldest command under way. */
  async status(): Promise<StatusLine> {
    for (;;) {
      const sent = this.#sent.shift();
      const what = sent === undefined ? "a reply" : `the reply to ${sent.what}`;
      const alone = this.#sent.length === 0;
      const { line, octets } = await this.#timed(() => this.#reader.status(what, alone));
      this.#dialogue.onReceive?.(this.#hidden(decodeText(octets)));
      if (sent?.probe !== true) return this.#withoutSecrets(line);
    }
  }

  /**
   * Sends a command and waits for its status line.
   *
   * @throws {ServerRefusal} on `-ERR`.
   */
  async ask(command: Command): Promise<OkStatus> {
    this.send(command);
    return accepted(await this.status(), describeCommand(command), this.peer);
  }

  /** Sends a command that a listing answers; `taker` gets its lines. */
  async askListing(command: Command, taker: LineTaker, limit?: number): Promise<OkStatus> {
    const status = await this.ask(command);
    const what = `the listing of ${describeCommand(command)}`;
    const count = await this.#decisive(() => this.#reader.listing(what, taker, limit));
    this.#dialogue.onReceive?.(`(${count} lines)`);
    return status;
  }

  /**
   * The message that follows the status line just read; read it to its end before anything else.
   * `number` is its number in LIST, which told its size.
   */
  message(name: string, announcedSize?: number, number?: number): IncomingMessage {
    const body = this.#reader.body({
      name,
      announcedSize,
      onUnsure: () => this.#probe({ verb: "NOOP" }),
      glued: number === undefined ? undefined : this.#gluedEnd(number, announcedSize ?? 0),
    });
    return new IncomingMessage(body, (failure) => this.#wire.fail(failure), (octets) => {
      this.#dialogue.onReceive?.(`(${octets} octets)`);
      const isOdd = announcedSize !== undefined && announcedSize !== octets;
      return isOdd && this.#sent.length > 0 ? this.#expectReply(name) : undefined;
    });
  }

  /** Somebody left before all was read; `read` reads and drops the rest, once it is in the way. */
  leave(read: () => Promise<void>): void {
    this.#unread = read;
  }

  /** Reads and drops what is in the way of the next command. */
  async settle(): Promise<void> {
    const read = this.#unread;
    this.#unread = undefined;
    await read?.();
  }

  /**
   * Upgrades to TLS (RFC 2595 §4). What came behind the answer to STLS came in plain text, from
   * whomever: it is an error, not input.
   */
  async startTls(options: ClientTlsOptions): Promise<void> {
    await this.ask({ verb: "STLS" });
    await this.#decisive(() => {
      if (this.#reader.unread > 0) {
        throw new ProtocolError(
          `Cannot go on with ${this.peer}: plain text follows its answer to STLS. Somebody may ` +
            "have tampered with the connection.",
        );
      }
      return this.#wire.startTls(options);
    });
  }

  /** Keeps `secrets` out of logs and errors, should the server echo them; until the next call. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets.filter((secret) => !BY_CHANCE.test(secret));
  }

  /** Closes at once; harmless when called twice. */
  close(): void {
    this.#wire.close();
  }

  /**
   * Servers that answer TOP twice are known (FTGate); the second reply would be taken for that to the
   * next command, and a message for another one.
   */
  #refuseUnasked(): void {
    const lost = this.#wire.failure !== undefined;
    if (lost || this.#sent.length > 0 || !this.#reader.unasked) return;
    const error = new ProtocolError(
      `Cannot go on with ${this.peer}: it sent a reply that answers no command.`,
    );
    this.#wire.fail(error);
    throw error;
  }

  /**
   * Servers that send the replies to pipelined commands into each other are known (WildDuck). What
   * follows the first end is then the rest of another message, and no status line.
   */
  async #expectReply(name: string): Promise<void> {
    if (await this.#reader.beginsReply(name)) return;
    throw new ProtocolError(
      `Cannot trust ${name} of ${this.peer}: it has another size than LIST says, and no reply ` +
        "follows it, as if the server sent several messages at a time.",
    );
  }

  /** What is sent next is answered only after the message whose end we look for. */
  #probe(command: Command): void {
    if (this.#sent.length > 0 || this.#wire.failure !== undefined) return;
    const what = describeCommand(command);
    this.#wire.send(encodeCommand(command));
    this.#sent.push({ what, probe: true });
    this.#dialogue.onSend?.(what);
  }

  /** Who wrote a message does not know its number here: LIST of it is a reply that no content is. */
  #gluedEnd(number: number, size: number): GluedEnd | undefined {
    if (size === 0) return undefined;
    return {
      ahead: () => this.#sent.length > 0,
      patience: Math.min(LONGEST_DOUBT, this.#wire.timeoutSeconds * 1000 / 2),
      ask: () => this.#probe({ verb: "LIST", number }),
      isAnswer: (line) => {
        const status = parseStatusLine(line);
        return status?.status === "ok" && parseListReply(status.text, number)?.size === size;
      },
    };
  }

  /** After an error in here nothing that the server sends can be told from anything else. */
  async #decisive<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#wire.fail(error);
      throw error;
    }
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dialogue.onWait === undefined) return await this.#decisive(work);
    const start = performance.now();
    const result = await this.#decisive(work);
    this.#dialogue.onWait(performance.now() - start);
    return result;
  }

  #withoutSecrets(line: StatusLine): StatusLine {
    return line.status === "challenge" ? line : { ...line, text: this.#hidden(line.text) };
  }

  #hidden(text: string): string {
    return this.#secrets.reduce((all, secret) => all.replaceAll(secret, "***"), text);
  }
}

function heard(wire: Wire, listener: Dialogue["onOctets"]): ChunkSource {
  if (listener === undefined) return wire;
  return {
    async read(waitingFor) {
      const octets = await wire.read(waitingFor);
      listener(octets);
      return octets;
    },
  };
}

/** @throws {ServerRefusal} on `-ERR`, {ProtocolError} on a challenge that nobody asked for. */
export function accepted(line: StatusLine, what: string, peer: string): OkStatus {
  switch (line.status) {
    case "ok":
      return { text: line.text };
    case "err":
      throw new ServerRefusal(what, line.text, line.code);
    case "challenge":
      throw new ProtocolError(
        `Cannot understand ${peer}: it answered ${what} with a challenge, neither +OK nor -ERR.`,
      );
  }
}
