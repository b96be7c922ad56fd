import { assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "../../lib/cli/run_program.ts";
import { permitted } from "../helpers/permissions.ts";
import { testIo } from "../helpers/test_io.ts";

const NEEDS = { env: true } as const;

async function passwd(...input: readonly string[]): Promise<[number, string, string]> {
  const io = testIo();
  const piped = Object.assign(io, {
    async *stdin(): AsyncGenerator<Uint8Array> {
      for (const each of input) yield new TextEncoder().encode(each);
    },
  });
  return [await runProgram(["passwd", "--user", "me"], piped), io.out(), io.err()];
}

permitted(NEEDS, "passwd without a terminal takes the first line of standard input", async () => {
  for (const input of [["se cret\n"], ["se", " cret\r", "\nmore\n"], ["se cret"]]) {
    const [code, out, err] = await passwd(...input);
    assertEquals([code, err], [0, ""]);
    assertMatch(out, /^me:\{SCRAM-SHA-256\}4096,[^,]+,[^,]+,[^,]+\n$/);
  }
});

permitted(NEEDS, "passwd does not make a line of nothing, or of what is no password", async () => {
  for (const input of [[], [""], ["\n"], ["x".repeat(100_000)]]) {
    const [code, out] = await passwd(...input);
    assertEquals([code, out], [64, ""]);
  }
});
