/**
 * A conversation with a server word by word: what a well-behaved client would never send, too.
 *
 * @module
 */
import type { Transport } from "../../net/transport.ts";
import { LineBuffer } from "../../protocol/line_buffer.ts";
import { READ_CHUNK, REPLY_LINE_ACCEPTED } from "../../protocol/limits.ts";
import { CheckError } from "./check.ts";

/** One end of a connection, lines in and out. */
export class Talk implements Disposable {
  readonly #transport: Transport;
  readonly #lines = new LineBuffer(REPLY_LINE_ACCEPTED);
  readonly #chunk = new Uint8Array(READ_CHUNK);

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends text, one octet a character. */
  async send(text: string): Promise<void> {
    await this.#transport.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  }

  /** The next line that comes, one character an octet. */
  async line(): Promise<string> {
    for (;;) {
      const line = this.#lines.next();
      if (line !== undefined) return String.fromCharCode(...line.octets);
      const count = await this.#transport.read(this.#chunk);
      if (count === 0) throw new CheckError("the server closed the connection too early");
      this.#lines.push(this.#chunk.subarray(0, count));
    }
  }

  /** Sends a command; the line that answers it. */
  async ask(command: string): Promise<string> {
    await this.send(`${command}\r\n`);
    return await this.line();
  }

  /** The lines up to the dot that ends them, un-stuffed. */
  async block(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== "."; line = await this.line()) {
      lines.push(line.startsWith(".") ? line.slice(1) : line);
    }
    return lines;
  }

  /** Closes at once, as a lost connection does. */
  [Symbol.dispose](): void {
    this.#transport.close();
  }
}
