/**
 * GNU SASL's program, which speaks lines of Base64 when it has no server to connect to.
 *
 * @module
 */
import { toBase64 } from "../../lib/protocol/sasl/base64.ts";

/** The program, and the lines that it writes: the mechanism's name, then what it has to say. */
export class Gsasl implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";
  #ended = false;

  /** Starts it as `user`. */
  constructor(user: string, args: readonly string[]) {
    this.#child = new Deno.Command("gsasl", {
      args: ["--quiet", "--no-cb", "--application-data", `--authentication-id=${user}`, ...args],
      env: { LC_ALL: "C.UTF-8" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that it writes; `undefined` if there is none. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { done, value } = await this.#output.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** Says what the other side has sent. */
  async send(message: Uint8Array | undefined): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${toBase64(message ?? new Uint8Array())}\n`));
  }

  /** Closes its input and gives its exit code. */
  async end(): Promise<number> {
    this.#ended = true;
    await this.#input.close().catch(() => {});
    while (await this.line() !== undefined);
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.end();
  }
}
