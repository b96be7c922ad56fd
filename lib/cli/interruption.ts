/**
 * Signals that stop the program: the first asks for an end in order, the second for a quick one,
 * a third ends at once.
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

/** How work learns that it is to end. */
export interface Interruption {
  /** Aborted, with an {@linkcode InterruptedError}, by the first signal. */
  readonly signal: AbortSignal;
  /** What the second signal does; without it, that ends the program at once. */
  onSecond: (() => void) | undefined;
}

/** Does the work, and passes signals on to it. */
export async function interruptible<T>(work: (by: Interruption) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interruption: Interruption = { signal: controller.signal, onSecond: undefined };
  const stop = (code: number): void => {
    const { onSecond } = interruption;
    if (!controller.signal.aborted) return controller.abort(new InterruptedError(code));
    if (onSecond === undefined) Deno.exit(code);
    interruption.onSecond = undefined;
    onSecond();
  };
  const listeners = STOP_SIGNALS.map((name) => {
    const listener = (): void => stop(128 + NUMBERS[name]);
    Deno.addSignalListener(name, listener);
    return () => Deno.removeSignalListener(name, listener);
  });
  try {
    return await work(interruption);
  } finally {
    for (const remove of listeners) remove();
  }
}
