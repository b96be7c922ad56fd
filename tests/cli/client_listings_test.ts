import { assertEquals } from "@std/assert";
import { main } from "../../lib/cli/main.ts";
import { answeringServer } from "../helpers/answering_server.ts";
import { permitted } from "../helpers/permissions.ts";
import { testIo } from "../helpers/test_io.ts";

const ODD = "a\x1b[31m";

permitted(
  { net: true, read: true, env: true },
  "what a server says cannot steer a terminal, and is data where there is none",
  async () => {
    const answers = {
      CAPA: `+OK\r\nUIDL\r\nX-${ODD}\r\n.\r\n`,
      LIST: "+OK\r\n1 9\r\n.\r\n",
      UIDL: `+OK\r\n1 ${ODD}\r\n.\r\n`,
    };
    await using server = answeringServer("+OK ready\r\n", answers);
    const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
    const said = async (command: string, terminal: boolean): Promise<string> => {
      const io = testIo({ terminal, env: { IZYPOP3_PASS: "00123" } });
      assertEquals(
        await main(["clientpop3", ...where, "--auth", "user", command], io),
        0,
        io.err(),
      );
      return io.out();
    };
    assertEquals(await said("uidl", false), `1 ${ODD}\n`);
    assertEquals(await said("uidl", true), "1 a?[31m\n");
    assertEquals(await said("capa", false), `UIDL\nX-${ODD}\n`);
    assertEquals(await said("capa", true), "UIDL\nX-a?[31m\n");
  },
);
