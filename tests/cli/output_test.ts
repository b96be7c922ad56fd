import { assertEquals, assertRejects } from "@std/assert";
import { OutputClosedError, OutputError } from "../../lib/cli/errors.ts";
import { Output } from "../../lib/cli/output.ts";

/** Takes at most `most` octets at a time. */
function collector(most: number) {
  const writes: Uint8Array[] = [];
  const output = new Output((octets) => {
    writes.push(octets.slice(0, most));
    return Promise.resolve(Math.min(most, octets.length));
  });
  return { output, writes };
}

Deno.test("small writes are gathered into one", async () => {
  const { output, writes } = collector(Infinity);
  for (let index = 0; index < 100; index++) await output.line(`line ${index}`);
  assertEquals(writes.length, 0);
  await output.flush();
  assertEquals(writes.length, 1);
});

Deno.test("octets come out as they went in, in order, however little is taken at a time", async () => {
  const { output, writes } = collector(1000);
  const parts = [10, 70_000, 1, 30_000, 64 * 1024, 0, 40_000].map((size, index) =>
    new Uint8Array(size).fill(index + 1)
  );
  for (const part of parts) await output.write(part);
  await output.flush();
  const [found, wanted] = [writes, parts].map((all) => all.flatMap((part) => [...part]));
  assertEquals(found, wanted);
});

Deno.test("a large part does not overtake small ones that were gathered", async () => {
  const { output, writes } = collector(Infinity);
  await output.write(new Uint8Array([1]));
  await output.write(new Uint8Array(40_000).fill(2));
  await output.flush();
  assertEquals(writes.flatMap((part) => [...part]).slice(0, 2), [1, 2]);
});

Deno.test("a part may be reused as soon as it was written", async () => {
  const { output, writes } = collector(Infinity);
  const part = new Uint8Array([1]);
  await output.write(part);
  part[0] = 2;
  await output.flush();
  assertEquals(writes, [new Uint8Array([1])]);
});

Deno.test("a reader who went away is not the same as a full disk", async () => {
  const failing = (error: Error) => new Output(() => Promise.reject(error));
  const write = async (output: Output) => {
    await output.line("x");
    await output.flush();
  };
  await assertRejects(() => write(failing(new Deno.errors.BrokenPipe())), OutputClosedError);
  await assertRejects(() => write(failing(new Error("disk full"))), OutputError, "disk full");
});
