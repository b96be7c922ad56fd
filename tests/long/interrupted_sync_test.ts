/**
 * Lines that break at every octet, and clients that are killed.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { InterruptedSync } from "../helpers/interrupted_sync.ts";
import { permitted } from "../helpers/permissions.ts";
import { izypop3Command, runIzypop3, serveIzypop3 } from "../helpers/program.ts";
import { seeded } from "../helpers/random.ts";
import { kill } from "../helpers/kill.ts";

const NEEDS = { net: true, read: true, write: true, env: true, run: true } as const;

permitted(NEEDS, "cut at every octet of a short dialogue", async () => {
  await using line = new InterruptedSync(2, 200);
  const octets = await line.measure();
  for (let cut = 0; cut < octets; cut++) await line.round(cut, 0);
});

permitted(NEEDS, "cut at 500 random octets of a long dialogue", async () => {
  await using line = new InterruptedSync(60, 2000);
  const octets = await line.measure();
  const random = seeded(4);
  for (let round = 0; round < 500; round++) await line.round(Math.floor(random() * octets), 0);
});

permitted(NEEDS, "killed at 100 random moments, every message is stored once", async () => {
  const COUNT = 400;
  await using server = await serveIzypop3([
    ...["--store", "fake", "--mimestore.count", `${COUNT}`, "--password", "secret"],
  ]);
  const random = seeded(5);
  const args = (folder: string) => [
    ...["clientpop3", "--ip", server.hostname, "--port", `${server.port}`, "--user", "me"],
    ...["--pass", "secret", "--store", "localfs", "--mimestore.path", folder, "sync"],
  ];
  let folder = await Deno.makeTempDir({ prefix: "izypop3-kill-" });
  try {
    for (let round = 0; round < 100; round++) {
      const [program, ...before] = izypop3Command();
      const child = new Deno.Command(program, {
        args: [...before, ...args(folder)],
        stdout: "null",
        stderr: "null",
      }).spawn();
      const killer = setTimeout(() => kill(child), 100 + random() * 900);
      const { success } = await child.status;
      clearTimeout(killer);
      // The session of a killed client may hold the mailbox for a moment.
      if (!success && round % 10 !== 9) continue;
      const last = await runIzypop3(args(folder));
      assertEquals(last.code, 0, last.stderr);
      const where = ["--store", "localfs", "--mimestore.path", folder];
      const verified = await runIzypop3(["querystore", "verify", ...where]);
      assertEquals(verified.code, 0, verified.stderr);
      const listed = await runIzypop3(["querystore", "--json", ...where]);
      const lines = new TextDecoder().decode(listed.stdout).trim().split("\n");
      assertEquals(lines.length, COUNT);
      await Deno.remove(folder, { recursive: true });
      folder = await Deno.makeTempDir({ prefix: "izypop3-kill-" });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
