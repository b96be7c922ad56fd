/**
 * A folder for one test, and what tests do in it behind the store's back.
 */
import type { LogFields, Logger } from "../../../lib/log.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";

/** What these tests need. */
export const FILES = { read: true, write: true } as const;

/** A folder that goes when the test ends. */
export class Folder implements AsyncDisposable {
  readonly path: string;
  /** What the stores that were opened on it warned of. */
  readonly warnings: string[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir());
  }

  open(): Promise<LocalFsStore> {
    const warn = (message: string, fields?: LogFields): void => {
      this.warnings.push(`${message} ${fields?.["path"] ?? ""}`);
    };
    const logger: Logger = { debug() {}, info() {}, warn, error: warn };
    return LocalFsStore.open({ path: this.path, logger });
  }

  /** Puts a file into it. */
  async write(name: string, octets: string | Uint8Array): Promise<void> {
    const path = `${this.path}/${name}`;
    if (typeof octets === "string") await Deno.writeTextFile(path, octets);
    else await Deno.writeFile(path, octets);
  }

  /** Changes a file's octets without changing anything else that shows. */
  async forge(name: string, octets: string): Promise<void> {
    const path = `${this.path}/${name}`;
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, octets);
    await Deno.utime(path, atime ?? 0, mtime ?? 0);
  }

  /** Waits until the folder's time of last change is past, and the index says so. */
  async settle(store: LocalFsStore): Promise<void> {
    // One time in a thousand it looks like that of a clock that counts in seconds.
    await pause(this.#times().some((time) => time % 1000 === 0) ? 2200 : 60);
    await store.query();
  }

  /** When the folders last changed, ms. */
  #times(): number[] {
    const folders = Array.from(Deno.readDirSync(this.path)).filter((entry) => entry.isDirectory);
    const paths = [this.path, ...folders.map(({ name }) => `${this.path}/${name}`)];
    return paths.map((path) => Deno.statSync(path).mtime?.getTime() ?? 0);
  }

  /** The names in it, sorted. */
  names(below = ""): string[] {
    return Array.from(Deno.readDirSync(`${this.path}/${below}`), (entry) => entry.name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
