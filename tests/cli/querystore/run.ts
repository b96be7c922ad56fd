/**
 * `querystore` in this process, on a folder with messages.
 *
 * @module
 */
import { main } from "../../../lib/cli/main.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import type { NewMimeItem } from "../../../lib/stores/mime_store.ts";
import { latin1 } from "../../helpers/random.ts";
import { testIo, type TestIoOptions } from "../../helpers/test_io.ts";
import { addAll } from "../../stores/conformance.ts";

/** What these tests may do. */
export const FILES = { read: true, write: true, env: true } as const;

/** What was said. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly lines: readonly string[];
  readonly err: string;
}

/** Runs `izypop3 querystore ...args` on the `localfs` store at `path`. */
export async function querystore(
  path: string,
  args: readonly string[],
  options: TestIoOptions = {},
): Promise<Ran> {
  return await run(["--store", "localfs", "--mimestore.path", path, ...args], options);
}

/** Runs `izypop3 querystore ...args`. */
export async function run(args: readonly string[], options: TestIoOptions = {}): Promise<Ran> {
  const io = testIo(options);
  const code = await main(["querystore", ...args], io);
  const out = io.out();
  return { code, out, lines: out === "" ? [] : out.trimEnd().split("\n"), err: io.err() };
}

/** Fills a store; the guids are the keys. */
export async function fill(
  path: string,
  messages: Readonly<Record<string, string>>,
): Promise<void> {
  await using store = await LocalFsStore.open({ path, create: true });
  await addAll(
    store,
    Object.entries(messages).map(([guid, octets]): NewMimeItem => {
      return { sourceid: "s", guid, octets: [latin1(octets)] };
    }),
  );
}

/** The second field of each line: the guid. */
export function guids({ lines }: Ran): readonly string[] {
  return lines.map((line) => line.split(" ")[1] ?? "");
}
