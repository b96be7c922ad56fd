/**
 * Stores with messages in them, for the servers that are measured.
 *
 * @module
 */

import { runIzypop3 } from "../../tests/helpers/program.ts";

/** Makes a folder at `path` that `querystore add` has filled with the messages, in order. */
export async function fillStore(path: string, messages: readonly Uint8Array[]): Promise<void> {
  const files = `${path}.files`;
  await Deno.mkdir(files);
  await Deno.mkdir(path);
  const names = messages.map((_, index) => `${files}/${index}.eml`);
  for (const [index, octets] of messages.entries()) {
    await Deno.writeFile(names[index] ?? "", octets);
  }
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
  const outcome = await runIzypop3(["querystore", "--cmd", "add", ...store, ...names]);
  if (outcome.code !== 0) throw new Error(`Cannot fill the store: ${outcome.stderr}`);
  await Deno.remove(files, { recursive: true });
}
