import { assertEquals, assertRejects } from "@std/assert";
import { FolderFlushes } from "../../../lib/stores/localfs/folder_flushes.ts";

/** Flushes that end when the test says so. */
function slowFlushes(): {
  readonly begun: string[];
  end(error?: Error): Promise<void>;
  flushes: FolderFlushes;
} {
  const begun: string[] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const flushes = new FolderFlushes((path) => {
    begun.push(path);
    const flush = Promise.withResolvers<void>();
    open.push(flush);
    return flush.promise;
  });
  const end = async (error?: Error): Promise<void> => {
    const flush = open.shift();
    if (error === undefined) flush?.resolve();
    else flush?.reject(error);
    for (let i = 0; i < 20; i++) await undefined;
  };
  return { begun, end, flushes };
}

Deno.test("who asks while a folder is flushed shares the next flush", async () => {
  const { begun, end, flushes } = slowFlushes();
  const over: number[] = [];
  const ask = (number: number): void => void flushes.flush("a").then(() => over.push(number));
  ask(1);
  for (const number of [2, 3, 4]) ask(number);
  assertEquals(begun, ["a"]);
  await end();
  // Whatever they did may have come too late for the first one.
  assertEquals([over, begun], [[1], ["a", "a"]]);
  ask(5);
  await end();
  assertEquals([over, begun], [[1, 2, 3, 4], ["a", "a", "a"]]);
  await end();
  assertEquals(over, [1, 2, 3, 4, 5]);
  ask(6);
  assertEquals(begun.length, 4);
  await end();
  assertEquals(over.length, 6);
});

Deno.test("folders are flushed side by side, and a failure is told to those who share it", async () => {
  const { begun, end, flushes } = slowFlushes();
  const first = flushes.flush("a");
  const other = flushes.flush("b");
  const [second, third] = [flushes.flush("a"), flushes.flush("a")];
  assertEquals(begun, ["a", "b"]);
  const failure = assertRejects(() => first, Error, "the disk fails");
  await end(new Error("the disk fails"));
  await failure;
  await end();
  await other;
  await end();
  await Promise.all([second, third]);
  assertEquals(begun, ["a", "b", "a"]);
});
