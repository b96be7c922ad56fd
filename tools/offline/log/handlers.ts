// Part of the stand-in for @std/log: the handler to derive from, and the one for the console.
import {
  getLevelByName,
  getLevelName,
  type LevelName,
  type LogLevel,
  LogLevels,
} from "./levels.ts";
import type { LogRecord } from "./logger.ts";

export type FormatterFunction = (logRecord: LogRecord) => string;

export interface BaseHandlerOptions {
  formatter?: FormatterFunction;
}

/** Formats the records of its level and above; a subclass says where they go. */
export abstract class BaseHandler {
  formatter: FormatterFunction;
  #levelName: LevelName;
  #level: LogLevel;

  constructor(levelName: LevelName, options?: BaseHandlerOptions) {
    this.#levelName = levelName;
    this.#level = getLevelByName(levelName);
    this.formatter = options?.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  get level(): LogLevel {
    return this.#level;
  }

  set level(level: LogLevel) {
    this.#level = level;
    this.#levelName = getLevelName(level);
  }

  get levelName(): LevelName {
    return this.#levelName;
  }

  set levelName(levelName: LevelName) {
    this.#levelName = levelName;
    this.#level = getLevelByName(levelName);
  }

  handle(logRecord: LogRecord): void {
    if (this.level > logRecord.level) return;
    this.log(this.format(logRecord));
  }

  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  abstract log(msg: string): void;

  setup(): void {}

  destroy(): void {}

  [Symbol.dispose](): void {
    this.destroy();
  }
}

export interface ConsoleHandlerOptions extends BaseHandlerOptions {
  useColors?: boolean;
}

const SGR_BY_LEVEL: Partial<Record<number, string>> = {
  [LogLevels.INFO]: "\x1b[34m",
  [LogLevels.WARN]: "\x1b[33m",
  [LogLevels.ERROR]: "\x1b[31m",
  [LogLevels.CRITICAL]: "\x1b[1m\x1b[31m",
};

/** Writes to the console, in the colour of the level. */
export class ConsoleHandler extends BaseHandler {
  readonly #useColors: boolean;

  constructor(levelName: LevelName, options: ConsoleHandlerOptions = {}) {
    super(levelName, options);
    this.#useColors = options.useColors ?? true;
  }

  override format(logRecord: LogRecord): string {
    const msg = super.format(logRecord);
    return this.#useColors ? this.applyColors(msg, logRecord.level) : msg;
  }

  applyColors(msg: string, level: number): string {
    const start = Deno.noColor ? undefined : SGR_BY_LEVEL[level];
    if (start === undefined) return msg;
    const end = level === LogLevels.CRITICAL ? "\x1b[39m\x1b[22m" : "\x1b[39m";
    return `${start}${msg}${end}`;
  }

  log(msg: string): void {
    console.log(msg);
  }
}
