/**
 * The part of a program that a test runs to have a maildrop's lock held by another process: it takes
 * the lock and says so. When it is told to go on it marks all messages, and says what came of it.
 *
 * @module
 */
import { StoreError } from "../../lib/stores/errors.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";
import { kill } from "./kill.ts";

/** What the program does. */
export async function holdLock(store: MimeStore): Promise<void> {
  const items = await store.query();
  await store.lock("the holder");
  console.log("locked");
  const line = await Deno.stdin.read(new Uint8Array(10));
  if (line !== null) {
    try {
      await store.markAs(items, "archive");
      console.log("marked");
    } catch (error) {
      console.log(error instanceof StoreError ? error.kind : String(error));
    }
  }
  // Until it is killed.
  setInterval(() => {}, 1000);
}

/** Such a program. */
export interface LockHolder extends AsyncDisposable {
  readonly pid: number;
  /** What it says next. */
  hear(): Promise<string>;
  goOn(): Promise<void>;
  kill(): Promise<void>;
}

/** Runs it, and waits until it has the lock. */
export async function lockHolder(program: URL, args: readonly string[]): Promise<LockHolder> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net", decodeURIComponent(program.pathname), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  let isKilled = false;
  const holder: LockHolder = {
    pid: child.pid,
    hear: async () => (await reader.read()).value?.trim() ?? "",
    goOn: () => writer.write(new TextEncoder().encode("go on\n")),
    kill: async () => {
      if (isKilled) return;
      isKilled = true;
      kill(child);
      await child.status;
      await reader.cancel();
      await writer.abort().catch(() => {});
    },
    [Symbol.asyncDispose]: () => holder.kill(),
  };
  const said = await holder.hear();
  if (said === "locked") return holder;
  await holder.kill();
  throw new Error(`Cannot hold a lock: the program said ${said}`);
}
