/**
 * Notes about sources in the store's hidden folder, a file a source, a line a note.
 *
 * @module
 */
import { isMissing, orStoreErrorLater } from "../fs_errors.ts";
import type { SourceNotes } from "../source_notes.ts";
import { makeFolder } from "./file_lock.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { safeName } from "./names.ts";

/** The notes of one store. */
export class FolderNotes implements SourceNotes {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async read(sourceid: string): Promise<readonly string[]> {
    const path = this.#path(sourceid);
    return await orStoreErrorLater(`read ${path}`, async () => {
      try {
        return (await Deno.readTextFile(path)).split("\n").filter((note) => note !== "");
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
  }

  async add(sourceid: string, notes: readonly string[]): Promise<void> {
    const path = this.#path(sourceid);
    await orStoreErrorLater(`write ${path}`, () => {
      makeFolder(this.#layout.hidden);
      const options = { append: true, create: true, mode: FILE_MODE };
      using file = Deno.openSync(path, options);
      // A crash may have left half a line before: the first line end closes it. One write, so that
      // the lines of two writers never mix.
      writeAll(file, `\n${notes.join("\n")}\n`);
      return Promise.resolve();
    });
  }

  async replace(sourceid: string, notes: readonly string[]): Promise<void> {
    const path = this.#path(sourceid);
    await orStoreErrorLater(`write ${path}`, async () => {
      makeFolder(this.#layout.hidden);
      const temporary = `${path}.${crypto.randomUUID()}`;
      try {
        await Deno.writeTextFile(temporary, `${notes.join("\n")}\n`, { mode: FILE_MODE });
        await Deno.rename(temporary, path);
      } catch (error) {
        await Deno.remove(temporary).catch(() => {});
        throw error;
      }
    });
  }

  #path(sourceid: string): string {
    return `${this.#layout.hidden}/notes-${safeName(sourceid)}`;
  }
}

function writeAll(file: Deno.FsFile, text: string): void {
  const octets = new TextEncoder().encode(text);
  for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
}
