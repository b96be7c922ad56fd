import { assert, assertEquals, assertThrows } from "@std/assert";
import { withTokens } from "../../lib/auth/combined.ts";
import { SignInUnavailableError } from "../../lib/auth/errors.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { gauge, ServerMetrics } from "../../lib/server/metrics.ts";
import { renderMetrics, sumMetrics } from "../../lib/server/metrics/families.ts";
import { Counters, Histogram } from "../../lib/server/metrics/instruments.ts";
import type { Pop3ServerOptions } from "../../lib/server/server.ts";
import { readMetrics, type Scrape } from "../helpers/prometheus.ts";
import { PASSWORD, type TestServer, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const MESSAGES = ["one\r\n", "two\r\n", "three\r\n"];

/** Runs dialogues against a server that counts; `scrape` reads what it has counted. */
async function counting(
  options: Partial<Pop3ServerOptions>,
  run: (server: TestServer, scrape: () => Scrape) => Promise<void>,
): Promise<void> {
  const metrics = new ServerMetrics();
  await withServer(
    new DoubleStore(MESSAGES),
    { metrics, ...options },
    (server) => run(server, () => readMetrics(metrics.render())),
  );
}

Deno.test("a server that has done nothing shows its counters at 0", () => {
  const scrape = readMetrics(new ServerMetrics().render());
  assertEquals(scrape.get("izypop3_sessions_total"), 0);
  assertEquals(scrape.get("izypop3_sessions"), 0);
  assertEquals(scrape.get('izypop3_refusals_total{cause="max_per_ip"}'), 0);
  assertEquals(scrape.get('izypop3_sessions_ended_total{ending="quit"}'), 0);
  assertEquals([...scrape.values()].filter((value) => value !== 0), []);
});

Deno.test("a session is counted: what it fetched while it goes on, its ending afterwards", async () => {
  await counting({}, async (server, scrape) => {
    const me = await server.signedIn();
    await me.talk(["RETR 3", "+OK", ["three"]], ["DELE 1", "+OK"], ["NOOP", "+OK"]);
    const during = scrape();
    assertEquals(during.get("izypop3_sessions"), 1);
    assertEquals(during.get("izypop3_messages_sent_total"), 1);
    assert((during.get("izypop3_sent_bytes_total") ?? 0) > 50);
    assertEquals(during.get('izypop3_sessions_ended_total{ending="quit"}'), 0);
    await me.talk(["QUIT", "+OK"]);
    const { octets } = await server.ended();
    const after = scrape();
    assertEquals(after.get("izypop3_sessions"), 0);
    assertEquals(after.get("izypop3_sessions_total"), 1);
    assertEquals(after.get("izypop3_messages_sent_total"), 1);
    assertEquals(after.get("izypop3_messages_deleted_total"), 1);
    assertEquals(after.get("izypop3_sent_bytes_total"), Number(octets));
    assertEquals(after.get('izypop3_sessions_ended_total{ending="quit"}'), 1);
  });
});

Deno.test("commands are measured by verb; lines that are none are counted apart", async () => {
  await counting({}, async (server, scrape) => {
    const me = await server.signedIn();
    await me.talk(["NOOP", "+OK"], ["NOOP", "+OK"], ["XYZZY", "-ERR"], ["RETR 0", "-ERR"]);
    const long = "NOOP ".padEnd(300, "x");
    await me.talk([long, "-ERR"], ["STAT", "+OK"]);
    const seen = scrape();
    const count = (verb: string): number | undefined =>
      seen.get(`izypop3_command_duration_seconds_count{command="${verb}"}`);
    assertEquals([count("NOOP"), count("PASS"), count("unknown")], [2, 1, 3]);
    assertEquals(seen.get("izypop3_unknown_commands_total"), 3);
    const all = 'izypop3_command_duration_seconds_bucket{command="NOOP",le="+Inf"}';
    assertEquals(seen.get(all), 2);
  });
});

Deno.test("no peer can make up a label: however it writes its commands, verbs are few", async () => {
  await counting({}, async (server, scrape) => {
    const me = await server.signedIn();
    const lines = Array.from({ length: 200 }, (_, index) => `X${index}`);
    await me.send([...lines, "noop", "NoOp"].join("\r\n") + "\r\n");
    for (const line of lines) await me.expect(line, "-ERR");
    await me.expect("noop", "+OK");
    await me.expect("NoOp", "+OK");
    await me.talk(["STAT", "+OK"]);
    const verbs = [...scrape().keys()].filter((key) => key.includes("_count{"));
    assertEquals(verbs.map((key) => /command="(\w+)"/.exec(key)?.[1]).sort(), [
      ...["NOOP", "PASS", "STAT", "USER", "unknown"],
    ]);
  });
});

Deno.test("sign-ins are counted by mechanism and result", async () => {
  await counting({}, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    await me.talk(["USER me", "+OK"], ["PASS wrong", "-ERR [AUTH]"]);
    await me.talk(["APOP me 0123456789abcdef0123456789abcdef", "-ERR [AUTH]"]);
    await me.talk(["AUTH PLAIN", "+ "], ["*", "-ERR"], ["AUTH SCRAM-SHA-256 bm8=", "-ERR"]);
    await me.talk([`AUTH PLAIN ${btoa(`\0me\0${PASSWORD}`)}`, "+OK"]);
    const other = server.connect();
    await other.expect("greeting", "+OK");
    await other.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "-ERR [IN-USE]"]);
    const seen = scrape();
    const results: Readonly<Record<string, number>> = {
      'mechanism="USER",result="wrong"': 1,
      'mechanism="APOP",result="wrong"': 1,
      'mechanism="PLAIN",result="broken_off"': 1,
      'mechanism="SCRAM-SHA-256",result="broken_off"': 1,
      'mechanism="PLAIN",result="ok"': 1,
      'mechanism="USER",result="in_use"': 1,
    };
    for (const [labels, count] of Object.entries(results)) {
      assertEquals(seen.get(`izypop3_sign_ins_total{${labels}}`), count, labels);
    }
    assertEquals([...seen.keys()].filter((key) => key.startsWith("izypop3_sign_ins")).length, 6);
    assertEquals(seen.get('izypop3_refusals_total{cause="wrong_credentials"}'), 2);
    assertEquals(seen.get('izypop3_refusals_total{cause="in_use"}'), 1);
  });
});

Deno.test("an authenticator that cannot be asked is no wrong password", async () => {
  const broken = withTokens(singlePassword(PASSWORD), {
    kinds: new Set(["token"] as const),
    authenticate: () => Promise.reject(new SignInUnavailableError("down", { permanent: false })),
  });
  await counting({ authenticator: broken }, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    const response = btoa("n,,\x01auth=Bearer token\x01\x01");
    await me.talk([`AUTH OAUTHBEARER ${response}`, "-ERR [SYS/TEMP]"]);
    const labels = 'mechanism="OAUTHBEARER",result="unavailable"';
    assertEquals(scrape().get(`izypop3_sign_ins_total{${labels}}`), 1);
    assertEquals(scrape().get('izypop3_refusals_total{cause="unavailable"}'), 1);
  });
});

Deno.test("refusals are counted by cause", async () => {
  const cause = (scrape: Scrape, name: string): number | undefined =>
    scrape.get(`izypop3_refusals_total{cause="${name}"}`);
  await counting({ maxConnections: 1 }, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    await server.connect().expect("greeting", "-ERR");
    for (let n = 0; n < 25; n++) await me.talk(["XYZZY", "-ERR"]);
    await me.closed();
    await server.ended(2);
    assertEquals(cause(scrape(), "max_connections"), 1);
    assertEquals(cause(scrape(), "too_many_bad_commands"), 1);
    assertEquals(scrape().get('izypop3_sessions_ended_total{ending="turned_away"}'), 2);
    assertEquals(scrape().get("izypop3_sessions_total"), 2);
  });
  await counting({ maxPerIp: 1 }, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    await server.connect().expect("greeting", "-ERR");
    for (let n = 0; n < 3; n++) await me.talk(["USER me", "+OK"], ["PASS x", "-ERR"]);
    await me.closed();
    assertEquals(cause(scrape(), "max_per_ip"), 1);
    assertEquals(cause(scrape(), "too_many_failed_sign_ins"), 1);
    assertEquals(cause(scrape(), "wrong_credentials"), 3);
  });
  const tls = { upgrade: () => Promise.reject(new Error("not asked")) };
  await counting({ tls, requireTls: true }, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    await me.talk(["USER me", "-ERR"], ["AUTH PLAIN", "-ERR"]);
    assertEquals(cause(scrape(), "require_tls"), 2);
  });
});

Deno.test("delays after failed sign-ins are counted, with how long they were", async () => {
  await counting({ authPenaltyMaxSeconds: 0.001 }, async (server, scrape) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    for (let n = 0; n < 2; n++) await me.talk(["USER me", "+OK"], ["PASS x", "-ERR"]);
    assertEquals(scrape().get("izypop3_sign_in_delays_total"), 1);
    assertEquals(scrape().get("izypop3_sign_in_delay_seconds_total"), 0.001);
  });
});

Deno.test("several servers are summed, whatever each has counted", () => {
  const one = new ServerMetrics();
  const two = new ServerMetrics();
  one.refused("max_per_ip");
  two.refused("max_per_ip");
  two.signedIn("PLAIN", "ok");
  one.command("NOOP", performance.now());
  two.command("NOOP", performance.now());
  two.command(undefined, performance.now());
  const sum = readMetrics(renderMetrics(sumMetrics([one.families(), two.families()])));
  assertEquals(sum.get('izypop3_refusals_total{cause="max_per_ip"}'), 2);
  assertEquals(sum.get('izypop3_sign_ins_total{mechanism="PLAIN",result="ok"}'), 1);
  assertEquals(sum.get('izypop3_command_duration_seconds_count{command="NOOP"}'), 2);
  assertEquals(sum.get("izypop3_unknown_commands_total"), 1);
  assertEquals(readMetrics(renderMetrics(sumMetrics([]))).size, 0);
});

Deno.test("text and labels are escaped, numbers are written as Prometheus reads them", () => {
  const odd = gauge("x", 'a\\b\n"c"', Infinity, { l: 'a\\b\n"c"', m: "ü" });
  assertEquals(
    renderMetrics([odd, gauge("y", "z", 1.5e-9), gauge("n", "n", -Infinity)]),
    '# HELP x a\\\\b\\n"c"\n# TYPE x gauge\nx{l="a\\\\b\\n\\"c\\"",m="ü"} +Inf\n' +
      "# HELP y z\n# TYPE y gauge\ny 1.5e-9\n# HELP n n\n# TYPE n gauge\nn -Inf\n",
  );
  readMetrics(renderMetrics([odd]));
});

Deno.test("a time is in the bucket of its bound, and of all that are larger", () => {
  const histogram = new Histogram();
  assertEquals(histogram.samples({}), []);
  for (const seconds of [0, 0.0001, 0.00011, 30, 31]) histogram.observe(seconds);
  const samples = histogram.samples({ command: "X" });
  const bucket = (le: string): number | undefined =>
    samples.find(({ labels }) => labels["le"] === le)?.value;
  assertEquals([bucket("0.0001"), bucket("0.00025"), bucket("30"), bucket("+Inf")], [2, 3, 4, 5]);
  assertEquals(samples.at(-1), { suffix: "_count", labels: { command: "X" }, value: 5 });
});

Deno.test("counters with labels show what is known before it happens", () => {
  const counters = new Counters("x_total", "x", ["a", "b"], [["1", "2"]]);
  counters.add(2, "3", "4");
  assertEquals(counters.family().samples, [
    { labels: { a: "1", b: "2" }, value: 0 },
    { labels: { a: "3", b: "4" }, value: 2 },
  ]);
});

Deno.test("the reader of these tests is strict", () => {
  const bad = [
    "x 1",
    "# TYPE x gauge\nx 1\n",
    "# HELP x x\n# TYPE x counter\nx 1\n",
    "# HELP x x\n# TYPE x gauge\nx  1\n",
    '# HELP x x\n# TYPE x gauge\nx{a="b\nc"} 1\n',
    "# HELP x x\n# TYPE x gauge\nx{} 1\n",
    "# HELP x x\n# TYPE x gauge\nx 1\nx 1\n",
    "# HELP x_total x\n# TYPE x_total counter\nx_total -1\n",
    '# HELP x x\n# TYPE x histogram\nx_bucket{le="1"} 1\nx_sum 1\nx_count 1\n',
    '# HELP x x\n# TYPE x histogram\nx_bucket{le="1"} 2\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n',
    '# HELP x x\n# TYPE x histogram\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 2\n',
  ];
  for (const text of bad) assertThrows(() => readMetrics(text), Error, undefined, text);
});
