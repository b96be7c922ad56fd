/** What an administrator runs the server with: balancers before it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { izypop3, PASSWORD, PROGRAMS } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { binaryHeader, ipv4Body } from "../helpers/proxy_headers.ts";
import { latin1 } from "../helpers/random.ts";
import { Dialogue } from "../server/dialogue.ts";

const NEEDS = { ...PROGRAMS, net: true } as const;
const PROXY = ["--proxy-protocol", "--proxy-from", "127.0.0.0/8,2001:db8::/32"];

async function logged(server: ServerProgram, sign: string): Promise<string> {
  for (;;) {
    const line = server.log().split("\n").find((line) => line.includes(sign));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

permitted(
  NEEDS,
  "--proxy-protocol: the log has the client's address, by both versions",
  async () => {
    const args = ["--password", PASSWORD, "--log-format", "json", ...PROXY];
    await using server = await serveIzypop3(args);
    const headers: readonly (readonly [Uint8Array, string])[] = [
      [latin1("PROXY TCP6 2001:db8::9 ::1 4711 110\r\n"), "[2001:db8::9]:4711"],
      [binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 4712)), "192.0.2.9:4712"],
    ];
    for (const [header, address] of headers) {
      const conn = await Deno.connect({ hostname: server.hostname, port: server.port });
      const me = new Dialogue(denoTransport(conn));
      await me.transport.write(header);
      await me.expect("greeting", "+OK");
      await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["QUIT", "+OK"]);
      await me.closed();
      me.transport.close();
      const line = JSON.parse(await logged(server, `"address":"${address}"`));
      assertEquals([line.msg, line.user, line.ended], ["session ended", "me", "quit"]);
    }
  },
);

permitted(NEEDS, "who may send the header must be said, and only then", async () => {
  const cases: readonly [readonly string[], string][] = [
    [["--proxy-protocol"], "--proxy-from"],
    [["--proxy-from", "10.0.0.0/8"], "--proxy-protocol"],
    [["--proxy-protocol", "--proxy-from", "10.0.0.0/8,balancer"], '"balancer"'],
    [["--proxy-protocol", "--proxy-from", "10.1.2.3/8"], '"10.1.2.3/8"'],
  ];
  for (const [args, reason] of cases) {
    const said = await izypop3(["serverpop3", "--port", "0", ...args]);
    assertEquals([said.code, said.out], [64, ""], said.err);
    assertStringIncludes(said.err, reason);
  }
});
