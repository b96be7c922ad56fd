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

Deno.test("what is to go out soon goes out together, and nobody waits for it", async () => {
  const { output, writes } = collector(Infinity);
  for (let index = 0; index < 100; index++) {
    await output.line(`line ${index}`);
    await output.flushSoon();
  }
  assertEquals(writes.length, 0);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(writes.length, 1);
  await output.flush();
});

Deno.test("to somebody who looks on each line goes out at once", async () => {
  const writes: number[] = [];
  const output = new Output(
    (octets) => Promise.resolve(writes.push(octets.length) && octets.length),
    true,
  );
  for (const text of ["a", "bc"]) {
    await output.line(text);
    await output.flushSoon();
  }
  assertEquals(writes, [2, 3]);
});

Deno.test("what is gathered while a write is under way neither changes it nor overtakes it", async () => {
  const written: number[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const output = new Output(async (octets) => {
    await opened;
    written.push(...octets);
    return octets.length;
  });
  await output.write(new Uint8Array([1]));
  await output.flushSoon();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await output.write(new Uint8Array([2]));
  await output.flushSoon();
  const large = output.write(new Uint8Array(40_000).fill(3));
  open();
  await large;
  await output.flush();
  assertEquals(written, [1, 2, ...Array(40_000).fill(3)]);
});

Deno.test("a write that failed with nobody waiting is told once, by the next call", async () => {
  for (const next of ["write", "flush"] as const) {
    let failing = true;
    const output = new Output((octets) => {
      return failing ? Promise.reject(new Error("disk full")) : Promise.resolve(octets.length);
    });
    await output.line("lost");
    await output.flushSoon();
    if (next === "write") await new Promise((resolve) => setTimeout(resolve, 5));
    const call = () => next === "write" ? output.line("more") : output.flush();
    await assertRejects(call, OutputError, "disk full");
    failing = false;
    await output.flush();
  }
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
