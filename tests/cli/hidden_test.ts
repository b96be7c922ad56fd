import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { hiddenAfterBreak, hiddenForGood } from "../../lib/cli/client/hidden.ts";
import { runProgram } from "../../lib/cli/run_program.ts";
import { latin1 } from "../helpers/random.ts";
import { permitted } from "../helpers/permissions.ts";
import { testIo } from "../helpers/test_io.ts";

Deno.test("a download from Gmail that breaks off for good says how to see the mail again", () => {
  for (const host of ["pop.gmail.com", "POP.GMAIL.COM.", "pop.googlemail.com"]) {
    const hint = hiddenForGood(`me@example.org@${host}`) ?? "";
    assertStringIncludes(hint, "--user recent:me@gmail.com");
    assertStringIncludes(hint, "Nothing is lost");
  }
  for (const host of ["pop.example.org", "gmail.com.example.org", "notgmail.com"]) {
    assertEquals(hiddenForGood(`me@gmail.com@${host}`), undefined);
  }
});

Deno.test("messages that are not listed any more are counted, and Gmail's habit is told of Gmail", () => {
  assertMatch(hiddenAfterBreak("me@pop.gmail.com", 1), /^1 message that .* is not .*recent:/);
  const elsewhere = hiddenAfterBreak("me@pop.example.org", 2);
  assertMatch(elsewhere, /^2 messages that were .* are not listed any more\. .*some servers hide/);
  assertEquals(elsewhere.includes("Gmail"), false);
});

/** Serves one dialogue after the other: replies by command, and where the connection is cut. */
async function serve(
  listener: Deno.TcpListener,
  dialogues: readonly Readonly<Record<string, string>>[],
): Promise<void> {
  for (const replies of dialogues) {
    using connection = await listener.accept();
    await connection.write(latin1("+OK\r\n"));
    const buffer = new Uint8Array(512);
    for (let count = await connection.read(buffer); count !== null;) {
      const command = new TextDecoder().decode(buffer.subarray(0, count)).trimEnd();
      const reply = replies[command] ?? "+OK\r\n";
      await connection.write(latin1(reply));
      if (reply.endsWith("cut") || command === "QUIT") break;
      count = await connection.read(buffer);
    }
  }
}

permitted(
  { net: true, read: true, write: true, env: true },
  "what a server hides after a broken RETR is told, and the rest is fetched",
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const folder = await Deno.makeTempDir({ prefix: "izypop3-hidden-" });
    const message = (number: number) => `+OK\r\nSubject: ${number}\r\n\r\n.\r\n`;
    const serving = serve(listener, [
      {
        LIST: "+OK\r\n1 14\r\n2 14\r\n3 14\r\n.\r\n",
        UIDL: "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n",
        CAPA: "-ERR\r\n",
        "RETR 1": message(1),
        "RETR 2": "+OK\r\nSubject: cut",
      },
      {
        LIST: "+OK\r\n1 14\r\n.\r\n",
        UIDL: "+OK\r\n1 c\r\n.\r\n",
        CAPA: "-ERR\r\n",
        "RETR 1": message(3),
      },
    ]);
    try {
      const io = testIo({ env: { IZYPOP3_PASS: "secret" } });
      const where = ["--ip", "127.0.0.1", "--port", `${listener.addr.port}`, "--user", "me"];
      const store = ["--store", "localfs", "--mimestore.path", folder];
      const code = await runProgram(["clientpop3", ...where, ...store, "sync"], io);
      assertEquals(code, 0, io.err());
      assertStringIncludes(io.err(), "1 message that was not fetched yet is not listed any more");
      assertMatch(io.err(), /izypop3: 2 new, 0 known/);
    } finally {
      await serving;
      await Deno.remove(folder, { recursive: true });
    }
  },
);
