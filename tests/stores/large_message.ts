/**
 * Has a program of its own add a large message to a store and read it back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { StoreSettings } from "../../lib/stores/registry.ts";
import { type CloudTable, TOKEN } from "../helpers/cloud_tables.ts";
import { runProgram } from "../helpers/program.ts";

/**
 * `fetch` of Deno 2.4 keeps what it has sent until it is done: 100 MB of digits here. Held as a
 * whole, the message took more than 400 MB. KB.
 */
const CLOUD_BOUND = 250_000;

/** A message of 50 MB goes into the table and comes back, and is never held as a whole. */
export async function checkLargeInTable({ gateway, tablename }: CloudTable): Promise<void> {
  await using served = gateway.serve();
  const memory = await memoryFor({
    modhandler: "cloud",
    dataservice: served.url,
    accesstoken: TOKEN,
    tablename,
    encoding: "plain",
  }, 50_000_000);
  assert(memory < CLOUD_BOUND, `${memory} KB`);
}

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
