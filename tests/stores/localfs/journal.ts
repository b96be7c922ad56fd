import { assertEquals } from "@std/assert";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { Folder, pause } from "./folder.ts";
import { kill } from "../../helpers/kill.ts";

/** What came of killing a process in the middle of its work. */
export type Cut = "before" | "within" | "after";

/** Where in its work a process is killed: once so many messages have left, or after so many ms. */
export type Moment = { readonly left: number } | { readonly ms: number };

/**
 * Has a process change `count` messages at once, kills it, and opens the folder anew: then all or
 * none must have changed. Tells where the work was cut.
 */
export async function killInTheMiddle(
  count: number,
  to: "archive" | "removed",
  moment: Moment,
): Promise<Cut> {
  await using folder = await Folder.make();
  for (let i = 0; i < count; i++) await folder.write(`${i}.eml`, `Subject: ${i}\r\n\r\n.\r\n`);
  const names = () => folder.names().filter((name) => name.endsWith(".eml"));
  const [program, ...args] = command(folder.path, to);
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "inherit" }).spawn();
  const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await said.read();
  if ("ms" in moment) await pause(moment.ms);
  else while (names().length > count - moment.left) await pause(0);
  kill(child);
  await child.status;
  await said.cancel();
  const left = names().length;
  await using store = await LocalFsStore.open({ path: folder.path });
  const status = await store.status();
  const done = to === "archive" ? status.archive.count : count - status.unread.count;
  assertEquals(status.unread.count + done, count);
  // With a journal, what has begun is done to the end; none may stand between.
  assertEquals([0, count].includes(done), true, `${done} of ${count} were done`);
  if (left < count) assertEquals(done, count);
  assertEquals(names().length, status.unread.count);
  return left === count ? "before" : left > 0 ? "within" : "after";
}

function command(path: string, to: string): [string, ...string[]] {
  const program = new URL("./journal_program.ts", import.meta.url).pathname;
  const permissions = [`--allow-read=${path}`, `--allow-write=${path}`];
  return [Deno.execPath(), "run", "--quiet", ...permissions, program, path, to];
}
