/** A small model of RFC 1939: what a server has to answer, without any of our code. */

/** What must come back: a status, and for a multi-line reply its lines or its octets. */
export interface Expected {
  /** The status line begins so. */
  readonly status: string;
  /** The lines of a listing. */
  readonly lines?: readonly string[];
  /** The octets of a message, un-stuffed. */
  readonly message?: string;
  /** The server closes behind it. */
  readonly closes?: boolean;
}

const OK: Expected = { status: "+OK" };
const ERR: Expected = { status: "-ERR" };

/** One maildrop over several sessions. Its messages are in canonical form. */
export class ModelMaildrop {
  texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }
}

/** One session, from the greeting on. */
export class ModelSession {
  readonly #drop: ModelMaildrop;
  readonly #password: string;
  readonly #deleted = new Set<number>();
  #user = false;
  #in = false;
  #failures = 0;
  #bad = 0;

  constructor(drop: ModelMaildrop, password: string) {
    this.#drop = drop;
    this.#password = password;
  }

  expect(line: string): Expected {
    const expected = this.#in ? this.#afterSignIn(line) : this.#beforeSignIn(line);
    if (expected !== undefined) return expected;
    if (this.#in || ++this.#bad < 10) return ERR;
    return { ...ERR, closes: true };
  }

  #beforeSignIn(line: string): Expected | undefined {
    if (/^USER .+$/i.test(line)) {
      this.#user = true;
      return OK;
    }
    if (/^QUIT *$/i.test(line)) return { ...OK, closes: true };
    if (!/^PASS /i.test(line)) return undefined;
    if (!this.#user) return ERR;
    this.#user = false;
    if (line.slice(5) === this.#password) {
      this.#in = true;
      return OK;
    }
    return { status: "-ERR [AUTH]", closes: ++this.#failures === 3 };
  }

  #afterSignIn(line: string): Expected | undefined {
    const [verb = "", ...rest] = line.trimEnd().split(" ");
    const numbers = rest.map((word) => /^\d{1,10}$/.test(word) ? Number(word) : NaN);
    if (numbers.some(Number.isNaN)) return undefined;
    return this.#run(`${verb.toUpperCase()}${numbers.length}`, numbers[0] ?? 0, numbers[1] ?? 0);
  }

  #run(command: string, number: number, lines: number): Expected | undefined {
    const text = this.#deleted.has(number) ? undefined : this.#drop.texts[number - 1];
    const octets = this.#left().reduce((sum, [, text]) => sum + text.length, 0);
    switch (command) {
      case "STAT0":
        return { status: `+OK ${this.#left().length} ${octets}` };
      case "LIST0":
        return { ...OK, lines: this.#left().map(([number, text]) => `${number} ${text.length}`) };
      case "LIST1":
        return text === undefined ? ERR : { status: `+OK ${number} ${text.length}` };
      case "RETR1":
        return text === undefined ? ERR : { status: `+OK ${text.length}`, message: text };
      case "TOP2":
        return text === undefined ? ERR : { ...OK, message: topOf(text, lines) };
      case "DELE1":
        if (text === undefined) return ERR;
        this.#deleted.add(number);
        return OK;
      case "RSET0":
        this.#deleted.clear();
        return OK;
      case "NOOP0":
        return OK;
      case "QUIT0":
        this.#drop.texts = this.#left().map(([, text]) => text);
        return { ...OK, closes: true };
    }
    return undefined;
  }

  #left(): [number, string][] {
    return this.#drop.texts
      .map((text, index): [number, string] => [index + 1, text])
      .filter(([number]) => !this.#deleted.has(number));
  }
}

function topOf(text: string, lines: number): string {
  const end = text.startsWith("\r\n") ? 2 : text.indexOf("\r\n\r\n") + 4;
  if (end === 3) return text;
  const body = text.slice(end).split("\r\n").slice(0, -1).slice(0, lines);
  return text.slice(0, end) + body.map((line) => line + "\r\n").join("");
}
