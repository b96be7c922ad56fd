/**
 * SIGHUP: read anew what may have changed.
 *
 * @module
 */
import type { Logger } from "../../log.ts";

/** What is read anew, by the name that the log gives it. */
export type Reloads = Readonly<Record<string, (() => Promise<void>) | undefined>>;

/** Has SIGHUP read everything anew, until disposed. What cannot be used stays as it was. */
export function reloadOnHangup(reloads: Reloads, logger: Logger): Disposable {
  // Windows has no such signal.
  if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
  const listener = (): void => void reloadAll(reloads, logger);
  Deno.addSignalListener("SIGHUP", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listener) };
}

async function reloadAll(reloads: Reloads, logger: Logger): Promise<void> {
  for (const [name, reload] of Object.entries(reloads)) {
    if (reload === undefined) continue;
    try {
      await reload();
      logger.info(`read anew: ${name}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(`kept as before: ${name}: ${reason}`);
    }
  }
}
