/**
 * Has a program of its own add a large message to a store and read it back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { StoreSettings } from "../../lib/stores/registry.ts";
import { runProgram } from "../helpers/program.ts";

/** How much memory it took at most beyond that for small ones, KB. */
export async function memoryFor(
  settings: StoreSettings,
  octets: number,
  naming: "by hand" | "by content" = "by hand",
): Promise<number> {
  const program = decodeURIComponent(new URL("large_program.ts", import.meta.url).pathname);
  const permissions = ["net", "read", "write", "env"].map((name) => `--allow-${name}`);
  const { code, stdout, stderr } = await runProgram(
    Deno.execPath(),
    ["run", "--quiet", ...permissions, program, `${octets}`, naming],
    { stdin: new TextEncoder().encode(JSON.stringify(settings)), seconds: 240 },
  );
  assertEquals(code, 0, stderr);
  return Number(new TextDecoder().decode(stdout));
}
