/**
 * Asks for a secret on the terminal. Not `promptSecret` of `@std/cli`: that one asks on standard
 * output, where `retr > mail.txt` would put the question into the mail, and no signal reaches us
 * while it waits.
 *
 * @module
 */

const CONTROL_C = 0x03;
const CONTROL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CONTROL_U = 0x15;
const DELETE = 0x7f;

/** What was typed, without showing it; `undefined` where standard input is no terminal. */
export async function askSecret(
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) return undefined;
  const encoder = new TextEncoder();
  Deno.stderr.writeSync(encoder.encode(`${question} `));
  // In cbreak mode Ctrl-C is still a signal; Windows has no such mode.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  try {
    return new TextDecoder().decode(await readLine(signal));
  } finally {
    Deno.stdin.setRaw(false);
    Deno.stderr.writeSync(encoder.encode("\n"));
  }
}

async function readLine(signal: AbortSignal): Promise<Uint8Array> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const editor = new LineEditor();
  const chunk = new Uint8Array(256);
  for (;;) {
    signal.throwIfAborted();
    const count = await Promise.race([Deno.stdin.read(chunk), aborted]);
    if (count === null || editor.type(chunk.subarray(0, count))) return editor.line;
  }
}

/** A line as it is typed, with the few keys that a terminal would have handled itself. */
export class LineEditor {
  readonly #typed: number[] = [];

  /** What was typed so far. */
  get line(): Uint8Array {
    return new Uint8Array(this.#typed);
  }

  /** Takes keys; `true` when the line is at its end. */
  type(keys: Uint8Array): boolean {
    for (const key of keys) {
      if (key === CONTROL_C) throw new Deno.errors.Interrupted("interrupted at the prompt");
      if (key === LINE_FEED || key === CARRIAGE_RETURN || key === CONTROL_D) return true;
      if (key === CONTROL_U) this.#typed.length = 0;
      else if (key === BACKSPACE || key === DELETE) this.#removeCharacter();
      else this.#typed.push(key);
    }
    return false;
  }

  /** Takes the last character away, with all octets that UTF-8 needed for it. */
  #removeCharacter(): void {
    let octet = this.#typed.pop();
    while (octet !== undefined && (octet & 0xc0) === 0x80) octet = this.#typed.pop();
  }
}
