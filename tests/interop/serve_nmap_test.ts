/**
 * nmap's script `pop3-capabilities` lists what serverpop3 announces before the sign-in.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { text } from "../helpers/random.ts";
import { serve } from "../helpers/served.ts";
import { talkOver } from "../helpers/word_by_word.ts";

/**
 * nmap tries TLS at once where it expects it, and elsewhere after waiting ten seconds for a greeting
 * in the clear. Nobody else is at that port of this address.
 */
const TLS_PORT = "8883";
const ADDRESS = `127.83.${Deno.pid % 250}.${1 + Math.floor(Deno.pid / 250) % 250}`;

permitted(
  { net: true, programs: ["nmap"] },
  "nmap lists the capabilities that we announce, in the clear and over TLS",
  async () => {
    const flags = ["--password", "secret", "--mimestore.count", "1", "--tls-port", TLS_PORT];
    await using served = await serve("--host", ADDRESS, ...flags);
    using talk = await talkOver(served, "plain");
    await talk.ask("CAPA");
    // That APOP is there it sees from the greeting.
    const announced = [...await talk.block(), "APOP"].toSorted();
    assertEquals(announced.includes("STLS"), true);
    assertEquals(await nmapFinds(String(served.server.port)), announced);
    assertEquals(await nmapFinds(TLS_PORT), announced.filter((name) => name !== "STLS"));
  },
);

/** The lines of CAPA, sorted: nmap shows them in any order. */
async function nmapFinds(port: string): Promise<string[]> {
  // The + makes the script run on ports that are not those of POP3.
  const { code, stdout, stderr } = await runProgram("nmap", [
    ...["-n", "-Pn", "-sT", "-p", port, "--script", "+pop3-capabilities", "-oX", "-", ADDRESS],
  ]);
  assertEquals([code, stderr], [0, ""]);
  const [, output = ""] = /id="pop3-capabilities" output="([^"]*)"/.exec(text(stdout)) ?? [];
  const found = output.matchAll(/([^\s(]+)(?:\(([^)]*)\))?/g);
  return [...found].map(([, name, words]) => words === undefined ? `${name}` : `${name} ${words}`)
    .toSorted();
}
