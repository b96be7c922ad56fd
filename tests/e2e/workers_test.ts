/** serverpop3 --workers: several threads, one server. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { client, izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { readMetrics } from "../helpers/prometheus.ts";
import { Dialogue } from "../server/dialogue.ts";

const NEEDS = { ...PROGRAMS, net: true } as const;
const LINUX = Deno.build.os === "linux";

/** So many connections that each of two workers has some of them, but once in 500,000 times. */
const MANY = 20;

interface Served extends AsyncDisposable {
  readonly server: ServerProgram;
  readonly path: string;
}

/** Two workers that serve a folder of three messages to everybody. */
async function serve(...args: readonly string[]): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await temporaryFolder());
  await Deno.mkdir(`${path}/mail`);
  for (const name of ["1", "2", "3"]) {
    await Deno.writeTextFile(`${path}/mail/${name}.eml`, `Subject: ${name}\r\n\r\n${name}\r\n`);
  }
  await Deno.writeTextFile(`${path}/users`, `me:{PLAIN}${PASSWORD}\n`);
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", `${path}/mail`];
  const words = args.map((word) => word.replace("FOLDER", path));
  const server = opened.use(await serveIzypop3(["--workers", "2", ...store, ...words]));
  const owned = opened.move();
  return { server, path, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

async function connect({ server: { hostname, port } }: Served): Promise<Dialogue> {
  return new Dialogue(denoTransport(await Deno.connect({ hostname, port })));
}

function close(dialogues: readonly Dialogue[]): void {
  for (const { transport } of dialogues) transport.close();
}

/** Whether this one was let in. */
async function isIn(me: Dialogue): Promise<boolean> {
  return (await me.line()).startsWith("+OK");
}

async function signsIn(me: Dialogue, password: string = PASSWORD): Promise<string> {
  await me.expect("greeting", "+OK");
  await me.talk(["USER me", "+OK"]);
  await me.send(`PASS ${password}\r\n`);
  return await me.line();
}

if (LINUX) {
  permitted(NEEDS, "both workers serve: each takes its share of --max-connections", async () => {
    await using served = await serve("--password", PASSWORD, "--max-connections", "2");
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    const came = await Promise.all(all.map(isIn));
    assertEquals(came.filter((isIn) => isIn).length, 2);
    close(all);
  });

  permitted(NEEDS, "a maildrop is for one session, whichever worker has it", async () => {
    await using served = await serve("--password", PASSWORD);
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    const answers = await Promise.all(all.map((me) => signsIn(me)));
    const refused = answers.filter((answer) => answer.startsWith("-ERR [IN-USE]"));
    assertEquals([answers.length - refused.length, refused.length], [1, MANY - 1]);
    close(all);
  });

  permitted(NEEDS, "what one worker's session deletes is gone for the others", async () => {
    await using served = await serve("--password", PASSWORD, "--on-delete", "remove");
    assertEquals((await client(served.server, ["dele", "--query", "2"])).code, 0);
    for (let n = 0; n < 6; n++) {
      assertEquals((await client(served.server, ["stat"])).lines[0]?.split(" ")[0], "2");
    }
  });

  permitted(NEEDS, "the password that is made up is the same for all workers", async () => {
    await using served = await serve("--no-lock");
    const password = /the password for this run is (\S+)/.exec(served.server.log())?.[1];
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    const answers = await Promise.all(all.map((me) => signsIn(me, password)));
    assertEquals(answers.filter((answer) => !answer.startsWith("+OK")), []);
    close(all);
  });

  permitted(NEEDS, "who does not exist looks the same to all workers", async () => {
    await using served = await serve("--users", "FOLDER/users");
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    const salts = await Promise.all(all.map(async (me) => {
      await me.expect("greeting", "+OK");
      await me.send(`AUTH SCRAM-SHA-256 ${btoa("n,,n=nobody,r=abcdefgh")}\r\n`);
      return /,(s=.*)$/.exec(atob((await me.line()).slice(2)))?.[1];
    }));
    assertMatch(salts[0] ?? "", /^s=[^,]+,i=\d+$/);
    assertEquals(new Set(salts).size, 1);
    close(all);
  });

  permitted(NEEDS, "SIGHUP reaches all workers, and the log says it once", async () => {
    await using served = await serve("--users", "FOLDER/users", "--no-lock");
    await Deno.writeTextFile(`${served.path}/users`, "me:{PLAIN}another\n");
    Deno.kill(served.server.pid, "SIGHUP");
    await served.server.logged("read anew: users");
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    const answers = await Promise.all(all.map((me) => signsIn(me, "another")));
    assertEquals(answers.filter((answer) => !answer.startsWith("+OK")), []);
    assertEquals(served.server.log().split("read anew").length, 2);
    close(all);
  });

  permitted(NEEDS, "SIGTERM lets the sessions of all workers end, then it is 0", async () => {
    await using served = await serve("--password", PASSWORD, "--no-lock");
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    for (const me of all) assertMatch(await signsIn(me), /^\+OK/);
    Deno.kill(served.server.pid, "SIGTERM");
    await served.server.logged("shutting down");
    for (const me of all) await me.talk(["STAT", "+OK 3 "], ["QUIT", "+OK"]);
    assertEquals(await served.server.ended, 0);
    close(all);
    assertEquals(served.server.log().split("session ended").length - 1, MANY);
  });

  permitted(NEEDS, "a second signal does not wait for the sessions", async () => {
    await using served = await serve("--password", PASSWORD, "--grace", "600");
    const me = await connect(served);
    assertMatch(await signsIn(me), /^\+OK/);
    for (const sign of ["shutting down", 'ended="server shutdown"']) {
      Deno.kill(served.server.pid, "SIGTERM");
      await served.server.logged(sign);
    }
    assertEquals(await served.server.ended, 0);
    close([me]);
  });

  permitted(NEEDS, "metrics are summed, the ready line comes once", async () => {
    await using served = await serve("--password", PASSWORD, "--metrics", "127.0.0.1:0");
    const all = await Promise.all(Array.from({ length: MANY }, () => connect(served)));
    for (const me of all) await me.expect("greeting", "+OK");
    const door = /shows metrics on (http:\S+)$/m.exec(served.server.log())?.[1];
    const scrape = readMetrics(await (await fetch(`${door}/metrics`)).text());
    assertEquals(scrape.get("izypop3_sessions"), MANY);
    assertEquals(served.server.log().split("listening on").length, 2);
    close(all);
  });

  permitted(NEEDS, "one address has one limit over all workers", async () => {
    await using served = await serve("--password", PASSWORD, "--max-per-ip", "3");
    const inside: Dialogue[] = [];
    while (inside.length < 3) {
      const me = await connect(served);
      if (await isIn(me)) inside.push(me);
      else close([me]);
    }
    // News take a moment from worker to worker.
    let refused = 0;
    for (let tries = 0; refused < 10; tries++) {
      assert(tries < 200, "connections over the limit are let in again and again");
      const me = await connect(served);
      refused = await isIn(me) ? 0 : refused + 1;
      close([me]);
    }
    close(inside);
  });

  permitted(NEEDS, "what goes wrong at the start is told once, with its exit code", async () => {
    await using served = await serve("--password", PASSWORD);
    const { path, server } = served;
    const here = ["--store", "localfs", "--mimestore.path"];
    const cases: readonly [readonly string[], number, string][] = [
      [["--port", `${server.port}`, ...here, path], 69, "another program uses that port"],
      [["--port", "0", ...here, `${path}/missing`], 66, "missing"],
      [["--port", "0"], 64, "fake store"],
      [["--port", "0", ...here, path, "--users", `${path}/none`], 66, "none"],
      [["--port", "0", "--workers", "0", ...here, path], 64, "--workers"],
    ];
    for (const [args, code, reason] of cases) {
      // Apart: within a test run Deno would check the types of all that a worker loads.
      const said = await izypop3(["serverpop3", "--workers", "2", ...args], { apart: true });
      assertEquals([said.code, said.out], [code, ""], said.err);
      assertStringIncludes(said.err, reason);
      assertMatch(said.err, /^izypop3: [^\n]+\n$/);
    }
  });
}
