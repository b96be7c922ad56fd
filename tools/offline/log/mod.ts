// A stand-in for @std/log: loggers and handlers by name. No files, no log functions of its own.
import { BaseHandler, ConsoleHandler } from "./handlers.ts";
import { type LevelName, LogLevels } from "./levels.ts";
import { Logger } from "./logger.ts";

export { BaseHandler, ConsoleHandler, Logger, LogLevels };
export type { BaseHandlerOptions, ConsoleHandlerOptions, FormatterFunction } from "./handlers.ts";
export { getLevelByName, getLevelName, LogLevelNames } from "./levels.ts";
export type { LevelName, LogLevel } from "./levels.ts";
export { type LoggerOptions, LogRecord, type LogRecordOptions } from "./logger.ts";

export interface LoggerConfig {
  level?: LevelName;
  handlers?: string[];
}

export interface LogConfig {
  handlers?: { [name: string]: BaseHandler };
  loggers?: { [name: string]: LoggerConfig };
}

const DEFAULT_NAME = "default";
const DEFAULTS = {
  handlers: { [DEFAULT_NAME]: new ConsoleHandler("INFO") },
  loggers: { [DEFAULT_NAME]: { level: "INFO", handlers: [DEFAULT_NAME] } },
} satisfies LogConfig;

const handlers = new Map<string, BaseHandler>();
const loggers = new Map<string, Logger>();

/** Ends the handlers that were, and starts these; loggers not named here are forgotten. */
export function setup(config: LogConfig): void {
  for (const handler of handlers.values()) handler.destroy();
  handlers.clear();
  loggers.clear();
  for (const [name, handler] of Object.entries({ ...DEFAULTS.handlers, ...config.handlers })) {
    handler.setup();
    handlers.set(name, handler);
  }
  const wanted: LogConfig["loggers"] = { ...DEFAULTS.loggers, ...config.loggers };
  for (const [name, { level, handlers: names = [] }] of Object.entries(wanted)) {
    const found = names.flatMap((each) => handlers.get(each) ?? []);
    loggers.set(name, new Logger(name, level ?? "INFO", { handlers: found }));
  }
}

/** The logger of a name, silent where `setup` named none so; without a name the default one. */
export function getLogger(name: string = DEFAULT_NAME): Logger {
  const known = loggers.get(name || DEFAULT_NAME);
  if (known !== undefined) return known;
  const logger = new Logger(name, "NOTSET", { handlers: [] });
  loggers.set(name, logger);
  return logger;
}

setup(DEFAULTS);
