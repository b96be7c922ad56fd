/** HAProxy in front of the server. */
import { assertEquals } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { LOOPBACK, startOnFreePort } from "../helpers/ports.ts";
import { end, serveIzypop3 } from "../helpers/program.ts";
import { Dialogue, PASSWORD } from "../server/dialogue.ts";

const NEEDS = { ...PROGRAMS, net: true, programs: ["haproxy"] } as const;

/** Health checks every 20 ms, which the server must mind as little as the balancer does. */
function configuration(port: number, target: number, send: string): string {
  return [
    "defaults",
    "  mode tcp",
    "  timeout connect 5s",
    "  timeout client 30s",
    "  timeout server 30s",
    "listen pop3",
    `  bind 127.0.0.1:${port}`,
    `  server one 127.0.0.1:${target} ${send} check check-${send.slice(0, 10)} inter 20`,
    "",
  ].join("\n");
}

for (const send of ["send-proxy", "send-proxy-v2"] as const) {
  permitted(NEEDS, `HAProxy with ${send} tells whose session it brings`, async () => {
    await using folder = await temporaryFolder();
    await using server = await serveIzypop3([
      ...["--password", PASSWORD, "--log-format", "json"],
      ...["--proxy-protocol", "--proxy-from", "127.0.0.1"],
    ]);
    const path = `${folder.path}/haproxy.cfg`;
    const { child, port } = await startOnFreePort((port) => {
      Deno.writeTextFileSync(path, configuration(port, server.port, send));
      return new Deno.Command("haproxy", {
        args: ["-db", "-f", path],
        stdout: "null",
        stderr: "null",
      }).spawn();
    });
    try {
      const conn = await Deno.connect({ hostname: LOOPBACK, port });
      const me = new Dialogue(denoTransport(conn));
      await me.signIn();
      await me.talk(["STAT", "+OK"], ["QUIT", "+OK"]);
      const address = `127.0.0.1:${conn.localAddr.port}`;
      const line = JSON.parse(await server.logged(`"address":"${address}"`));
      assertEquals([line.user, line.ended], ["me", "quit"]);
      me.transport.close();
    } finally {
      await end(child);
    }
    assertEquals(server.log().includes("no PROXY header"), false, server.log());
  });
}
