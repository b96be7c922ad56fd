/** What an administrator runs the server with: balancers before it, an eye on it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { izypop3, PASSWORD, PROGRAMS } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram, serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { readMetrics } from "../helpers/prometheus.ts";
import { binaryHeader, ipv4Body } from "../helpers/proxy_headers.ts";
import { latin1 } from "../helpers/random.ts";
import { Dialogue } from "../server/dialogue.ts";

const NEEDS = { ...PROGRAMS, net: true } as const;
const PROXY = ["--proxy-protocol", "--proxy-from", "127.0.0.0/8,2001:db8::/32"];

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
      const line = JSON.parse(await server.logged(`"address":"${address}"`));
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

const METRICS = ["--password", PASSWORD, "--metrics", "127.0.0.1:0"];

function doorOf(server: ServerProgram): string {
  return /shows metrics on (http:\S+)$/m.exec(server.log())?.[1] ?? "";
}

async function get(url: string, method: string = "GET"): Promise<readonly [number, string]> {
  const response = await fetch(url, { method });
  return [response.status, await response.text()];
}

async function connect({ hostname, port }: ServerProgram): Promise<Dialogue> {
  return new Dialogue(denoTransport(await Deno.connect({ hostname, port })));
}

permitted(NEEDS, "--metrics shows what the server has done, in Prometheus' format", async () => {
  await using server = await serveIzypop3(METRICS);
  const me = await connect(server);
  await me.expect("greeting", "+OK");
  await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["STAT", "+OK"]);
  const response = await fetch(`${doorOf(server)}/metrics`);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const scrape = readMetrics(await response.text());
  assertEquals(scrape.get("izypop3_sessions"), 1);
  assertEquals(scrape.get('izypop3_sign_ins_total{mechanism="USER",result="ok"}'), 1);
  assertEquals(scrape.get('izypop3_command_duration_seconds_count{command="STAT"}'), 1);
  const started = scrape.get("process_start_time_seconds") ?? 0;
  assert(Math.abs(started - Date.now() / 1000) < 3600, String(started));
  assertEquals([...scrape.keys()].filter((key) => key.startsWith("izypop3_build_info{")).length, 1);
  me.transport.close();
});

permitted(
  { ...NEEDS, programs: ["promtool"] },
  "promtool finds nothing wrong with the metrics",
  async () => {
    await using server = await serveIzypop3(METRICS);
    const me = await connect(server);
    await me.expect("greeting", "+OK");
    await me.talk(["USER me", "+OK"], ["PASS wrong", "-ERR"], ["QUIT", "+OK"]);
    me.transport.close();
    const [, text] = await get(`${doorOf(server)}/metrics`);
    const stdin = new TextEncoder().encode(text);
    const { code, stdout, stderr } = await runProgram("promtool", ["check", "metrics"], { stdin });
    assertEquals([code, new TextDecoder().decode(stdout), stderr], [0, "", ""]);
  },
);

permitted(NEEDS, "/healthz says ok, and 503 from SIGTERM on while sessions end", async () => {
  await using server = await serveIzypop3(METRICS);
  const door = doorOf(server);
  assertEquals(await get(`${door}/healthz`), [200, "ok\n"]);
  assertEquals((await get(`${door}/healthz`, "HEAD"))[0], 200);
  assertEquals((await get(`${door}/healthz`, "POST"))[0], 405);
  assertEquals((await get(`${door}/metrics`, "DELETE"))[0], 405);
  assertEquals((await get(`${door}/`))[0], 404);
  assertEquals((await get(`${door}/metrics/x`))[0], 404);
  const me = await connect(server);
  await me.expect("greeting", "+OK");
  Deno.kill(server.pid, "SIGTERM");
  await server.logged("shutting down");
  assertEquals(await get(`${door}/healthz`), [503, "draining\n"]);
  assertEquals((await get(`${door}/metrics`))[0], 200);
  await me.talk(["QUIT", "+OK"]);
  me.transport.close();
  assertEquals(await server.ended, 0);
});

permitted(NEEDS, "a scraper that stays connected does not hold up the end", async () => {
  await using server = await serveIzypop3(METRICS);
  const { hostname, port } = new URL(doorOf(server));
  const conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  const count = await conn.read(new Uint8Array(1000));
  assert((count ?? 0) > 0);
  assertEquals(await server.stop(), 0);
  conn.close();
});

for (const workers of ["1", "2"]) {
  permitted(
    NEEDS,
    `a client that never reads does not hold up the end, workers: ${workers}`,
    async () => {
      const folder = await Deno.makeTempDir();
      try {
        const letter = `Subject: large\r\n\r\n${"line\r\n".repeat(4_000_000)}`;
        await Deno.writeTextFile(`${folder}/large.eml`, letter);
        const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", `${folder}/mail`];
        await izypop3(["querystore", "add", ...store, `${folder}/large.eml`]);
        const more = ["--workers", workers, "--grace", "0"];
        await using server = await serveIzypop3(["--password", PASSWORD, ...store, ...more]);
        const me = await connect(server);
        await me.expect("greeting", "+OK");
        await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["RETR 1", "+OK"]);
        assertEquals(await server.stop(), 0);
        me.transport.close();
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

permitted(NEEDS, "an address for metrics that cannot be had is an error at the start", async () => {
  await using server = await serveIzypop3(METRICS);
  const taken = new URL(doorOf(server)).host;
  const cases: readonly [string, number, string][] = [
    [taken, 69, `listen on ${taken} for --metrics`],
    ["9110", 64, "HOST:PORT"],
    ["127.0.0.1:99999", 64, "HOST:PORT"],
    ["::1:9110", 64, "HOST:PORT"],
  ];
  for (const [where, code, reason] of cases) {
    const said = await izypop3(["serverpop3", "--port", "0", "--metrics", where]);
    assertEquals([said.code, said.out], [code, ""], said.err);
    assertStringIncludes(said.err, reason);
    assertMatch(said.err, /^izypop3: [^\n]+\n$/);
  }
});
