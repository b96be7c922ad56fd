/**
 * Signals that stop the program: the first asks for an end in order, the second ends at once.
 *
 * @module
 */
import { InterruptedError } from "./errors.ts";

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

type StopSignal = keyof typeof NUMBERS;

/** Windows knows no SIGTERM. */
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Does the work; a signal aborts its AbortSignal with an {@linkcode InterruptedError}. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const listeners = STOP_SIGNALS.map((name) => {
    const listener = (): void => {
      const code = 128 + NUMBERS[name];
      if (controller.signal.aborted) Deno.exit(code);
      controller.abort(new InterruptedError(code));
    };
    Deno.addSignalListener(name, listener);
    return () => Deno.removeSignalListener(name, listener);
  });
  try {
    return await work(controller.signal);
  } finally {
    for (const remove of listeners) remove();
  }
}
