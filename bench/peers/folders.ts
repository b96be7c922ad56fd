/**
 * A folder for each fetch. ext4 passes over the places of files that were removed a few seconds ago
 * when it makes new ones, one by one: to remove thousands before the next fetch doubles its time,
 * whoever fetches. So those are kept to the end; few large ones are not, for they fill the disk.
 */
export class Folders implements AsyncDisposable {
  readonly #keeps: boolean;
  readonly #paths: string[] = [];

  /** `keeps`: all are removed at the end, not each when the next one is made. */
  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** A new, empty folder. */
  async make(): Promise<string> {
    if (!this.#keeps) await this[Symbol.asyncDispose]();
    const path = await Deno.makeTempDir({ prefix: "izypop3-fetch-" });
    this.#paths.push(path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#paths.splice(0)) await Deno.remove(path, { recursive: true });
  }
}
