/**
 * The files that `querystore` takes messages from.
 *
 * @module
 */
import { walk } from "@std/fs/walk";
import { reasonOf } from "../../config/config_file.ts";
import { InputError } from "../../config/errors.ts";
import { READ_CHUNK } from "../../protocol/limits.ts";
import type { Io } from "../io.ts";

/**
 * The message files that a word of the command line means: itself, or if it is a folder all
 * `*.eml` below that, by name; hidden ones and symbolic links are left out.
 *
 * @throws {InputError} if it is not there, or is a folder without messages.
 */
export async function messageFiles(word: string): Promise<readonly string[]> {
  if (word === "-" || !await isFolder(word)) return [word];
  const files: string[] = [];
  for await (const { path } of walk(word, { includeDirs: false, includeSymlinks: false })) {
    const below = path.slice(word.length);
    if (/\.eml$/i.test(below) && !/[\\/]\.[^\\/.]/.test(below)) files.push(path);
  }
  if (files.length === 0) {
    throw new InputError(`Cannot read messages from ${word}: the folder has no *.eml files`);
  }
  return files.sort();
}

/**
 * The octets of a file, or of standard input for `-`; a chunk is valid until the next one.
 *
 * @throws {InputError} if the file cannot be read; `what` is what it should hold.
 */
export async function* chunksOf(file: string, what: string, io: Io): AsyncGenerator<Uint8Array> {
  if (file === "-") return yield* io.stdin();
  using input = await reading(file, what, () => Deno.open(file));
  const buffer = new Uint8Array(READ_CHUNK);
  for (;;) {
    const count = await reading(file, what, () => input.read(buffer));
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await reading(path, "message", () => Deno.stat(path))).isDirectory;
}

async function reading<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new InputError(`Cannot read the ${what} ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
