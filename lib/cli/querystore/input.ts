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

/** A file with messages, and how large it is as far as is known. */
export interface InputFile {
  readonly path: string;
  readonly kind: "message" | "mbox";
  readonly octets: number;
}

/**
 * The message files that a word of the command line means: itself, or if it is a folder all
 * `*.eml` below that, by name, or in a Maildir all messages; hidden files and symbolic links are
 * left out.
 *
 * @param kind what a word that is no folder is
 * @throws {InputError} if it is not there, or is a folder without messages.
 */
export async function inputFiles(
  word: string,
  kind: InputFile["kind"],
): Promise<readonly InputFile[]> {
  if (word === "-") return [{ path: word, kind, octets: 0 }];
  const info = await reading(word, kind, () => Deno.stat(word));
  if (!info.isDirectory) return [{ path: word, kind, octets: info.size }];
  const isMessage = await isMaildir(word) ? isMaildirMessage : isEml;
  const files: InputFile[] = [];
  for await (const { path } of walk(word, { includeDirs: false, includeSymlinks: false })) {
    if (!isMessage(path.slice(word.length))) continue;
    const { size } = await reading(path, "message", () => Deno.stat(path));
    files.push({ path, kind: "message", octets: size });
  }
  if (files.length === 0) {
    throw new InputError(
      `Cannot read messages from ${word}: the folder has no *.eml files and is no Maildir with mail`,
    );
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/**
 * The octets of a file, or of standard input for `-`; a chunk is valid until the next one.
 *
 * @param tell hears how many octets came
 * @throws {InputError} if the file cannot be read.
 */
export async function* chunksOf(
  { path, kind }: Pick<InputFile, "path" | "kind">,
  io: Io,
  tell: (octets: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  if (path === "-") {
    for await (const chunk of io.stdin()) {
      tell(chunk.length);
      yield chunk;
    }
    return;
  }
  using input = await reading(path, kind, () => Deno.open(path));
  const buffer = new Uint8Array(READ_CHUNK);
  for (;;) {
    const count = await reading(path, kind, () => input.read(buffer));
    if (count === null) return;
    tell(count);
    yield buffer.subarray(0, count);
  }
}

/** A message of a folder that is no Maildir. */
function isEml(below: string): boolean {
  return /\.eml$/i.test(below) && !/[\\/]\.[^\\/.]/.test(below);
}

/** In `new` or `cur` of the Maildir itself or of one of its sub-folders (Maildir++). */
function isMaildirMessage(below: string): boolean {
  return /^[\\/]*(?:\.[^\\/]+[\\/])?(?:new|cur)[\\/][^\\/.][^\\/]*$/.test(below);
}

async function isMaildir(folder: string): Promise<boolean> {
  for (const part of ["new", "cur"]) {
    try {
      if (!(await Deno.lstat(`${folder}/${part}`)).isDirectory) return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw new InputError(`Cannot read ${folder}: ${reasonOf(error)}`, { cause: error });
    }
  }
  return true;
}

async function reading<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new InputError(`Cannot read the ${what} ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
