/**
 * JSON with comments and trailing commas. Our own reader, because the errors of `JSON.parse`
 * quote the text around the fault, and that may be a password.
 *
 * @module
 */
import { ConfigError } from "./errors.ts";

/** What JSON can say; `undefined` is its null. */
export type JsonValue =
  | string
  | number
  | boolean
  | undefined
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

/** Deeper than this nothing sane goes; it keeps the reader's own stack safe. */
const DEEPEST = 64;

/**
 * Reads JSONC; objects become maps, so that no key is special.
 *
 * @throws {ConfigError} that names line and column, and never quotes the text.
 */
export function parseJsonc(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.startsWith("\uFEFF") ? text.slice(1) : text;
  }

  value(depth: number): JsonValue {
    if (depth > DEEPEST) throw this.#wrong("it is nested too deep");
    const next = this.#peek();
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#array(depth);
    if (next === '"') return this.#string();
    return this.#word();
  }

  end(): void {
    if (this.#peek() !== "") throw this.#wrong("there is something behind the end");
  }

  #object(depth: number): ReadonlyMap<string, JsonValue> {
    const entries = new Map<string, JsonValue>();
    this.#at++;
    while (this.#peek() !== "}") {
      if (this.#peek() !== '"') throw this.#wrong("a key in double quotes must come here");
      const key = this.#string();
      if (entries.has(key)) throw this.#wrong("this key is there twice");
      this.#expect(":");
      entries.set(key, this.value(depth + 1));
      if (this.#peek() !== "}") this.#expect(",");
    }
    this.#at++;
    return entries;
  }

  #array(depth: number): readonly JsonValue[] {
    const values: JsonValue[] = [];
    this.#at++;
    while (this.#peek() !== "]") {
      values.push(this.value(depth + 1));
      if (this.#peek() !== "]") this.#expect(",");
    }
    this.#at++;
    return values;
  }

  #string(): string {
    // deno-lint-ignore no-control-regex -- JSON forbids them inside strings
    const match = this.#match(/"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (match === undefined) throw this.#wrong("this string is not finished or not valid");
    const parsed: unknown = JSON.parse(match);
    return String(parsed);
  }

  #word(): JsonValue {
    const word = this.#match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (word === undefined) throw this.#wrong("a value must come here");
    if (word === "true" || word === "false") return word === "true";
    return word === "null" ? undefined : Number(word);
  }

  #expect(mark: string): void {
    if (this.#peek() !== mark) throw this.#wrong(`a "${mark}" must come here`);
    this.#at++;
  }

  /** The next character that is no blank and in no comment; empty at the end. */
  #peek(): string {
    while (this.#match(/[ \t\r\n]+|\/\/[^\r\n]*|\/\*[^]*?\*\//y) !== undefined);
    return this.#text.charAt(this.#at);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #wrong(reason: string): ConfigError {
    const before = this.#text.slice(0, this.#at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new ConfigError(`line ${before.length}, column ${column}: ${reason}`);
  }
}
