/**
 * What the library says about itself while it works. Only this file knows `@std/log`.
 *
 * @module
 */
import { BaseHandler, Logger as StdLogger } from "@std/log";

/** Facts that go with a log line; never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where log lines go. */
export interface Logger {
  /** For who looks for a fault. */
  debug(message: string, fields?: LogFields): void;
  /** What happens in the course of things. */
  info(message: string, fields?: LogFields): void;
  /** What goes on, but not as it should. */
  warn(message: string, fields?: LogFields): void;
  /** What failed. */
  error(message: string, fields?: LogFields): void;
}

/** A logger that says nothing: the default of every part of the library. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/** How much is logged: a level, and all that is worse. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Options of {@linkcode createLogger}. */
export interface LoggerOptions {
  /** What is logged: this level and all that is worse. @default {"info"} */
  readonly level?: LogLevel;
  /** `json`: one object a line, with `time`, `level`, `msg` and the fields. @default {"text"} */
  readonly format?: "text" | "json";
  /** Takes each line, with its line feed. By default it is written to stderr. */
  readonly write?: (line: string) => void;
}

/**
 * A logger that writes a line a message.
 *
 * @example
 * ```ts
 * import { createLogger } from "./log.ts";
 *
 * const logger = createLogger({ level: "warn", write: (line) => line });
 * logger.warn("disk nearly full", { percent: 97 });
 * ```
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const format = options.format === "json" ? formatJson : formatText;
  const handler = new LineHandler(options.write ?? writeToStderr);
  const std = new StdLogger("izypop3", LEVELS[options.level ?? "info"], { handlers: [handler] });
  // A function is called only when its level is logged: what is not wanted costs nothing.
  return {
    debug: (message, fields) => void std.debug(() => format("debug", message, fields)),
    info: (message, fields) => void std.info(() => format("info", message, fields)),
    warn: (message, fields) => void std.warn(() => format("warn", message, fields)),
    error: (message, fields) => void std.error(() => format("error", message, fields)),
  };
}

const LEVELS = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;

/** The handlers of `@std/log` write to stdout, which belongs to the data; deriving is its way. */
class LineHandler extends BaseHandler {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    super("DEBUG", { formatter: (record) => record.msg });
    this.#write = write;
  }

  override log(line: string): void {
    this.#write(`${line}\n`);
  }
}

function formatJson(level: LogLevel, message: string, fields: LogFields = {}): string {
  return JSON.stringify({ time: new Date().toISOString(), level, msg: message, ...fields });
}

function formatText(level: LogLevel, message: string, fields: LogFields = {}): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${shown(value)}`);
  return `${new Date().toISOString()} ${level.padEnd(5)} ${oneLine(message)}${facts.join("")}`;
}

/** Words as they are; anything else as JSON, so that a peer's text can forge no line. */
function shown(value: LogFields[string]): string {
  const text = String(value);
  return /^[\w.,:;@/<>*+[\]-]+$/.test(text) ? text : oneLine(JSON.stringify(text));
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach a terminal
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}

function writeToStderr(line: string): void {
  const octets = new TextEncoder().encode(line);
  try {
    for (let done = 0; done < octets.length;) done += Deno.stderr.writeSync(octets.subarray(done));
  } catch {
    // Nobody reads our log any more: no reason to stop working.
  }
}
