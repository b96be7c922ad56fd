import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { PROGRAMS, temporaryFolder } from "../../helpers/command_line.ts";
import { permitted } from "../../helpers/permissions.ts";
import { izypop3Command } from "../../helpers/program.ts";
import { addAll, message } from "../../stores/conformance.ts";
import { FILES, querystore } from "./run.ts";

/** Changes a file's octets without changing anything that a listing shows. */
async function forge(path: string, octets: string): Promise<void> {
  const { atime, mtime } = await Deno.stat(path);
  await Deno.writeTextFile(path, octets);
  await Deno.utime(path, atime ?? 0, mtime ?? 0);
}

permitted(FILES, "verify names what is cut off, changed or forged, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  {
    await using store = await LocalFsStore.open({ path });
    const guids = ["good", "short", "empty", "other", "forged", "large"];
    await addAll(
      store,
      guids.map((guid) => message(guid, "x".repeat(guid === "large" ? 300_000 : 9))),
    );
  }
  assertEquals((await querystore(path, ["verify"])).code, 0);
  const file = (guid: string): string => `${path}/joe@pop.example_${guid}.eml`;
  await Deno.truncate(file("short"), 4);
  await Deno.truncate(file("empty"), 0);
  await Deno.writeTextFile(file("other"), "something longer");
  await forge(file("forged"), "xxxxxxxxy");
  await forge(file("large"), `${"x".repeat(150_000)}y${"x".repeat(149_999)}`);
  for (const round of ["first", "second"]) {
    const { code, out, err } = await querystore(path, ["verify"]);
    const named = out.trim().split("\n").map((line) => /_(\w+)\.eml$/.exec(line)?.[1]);
    assertEquals(named.sort(), ["empty", "forged", "large", "other", "short"], round);
    assertEquals(code, 65, err);
    for (const guid of named) assertStringIncludes(err, `joe@pop.example_${guid}.eml: `);
  }
});

permitted(
  { ...PROGRAMS, programs: ["python3"] },
  "verify holds little of a message of 300 MB in memory",
  async () => {
    await using folder = await temporaryFolder();
    await Deno.writeTextFile(`${folder.path}/huge.eml`, "Subject: huge\r\n\r\n");
    // All behind is NUL, and takes no room on the disk.
    await Deno.truncate(`${folder.path}/huge.eml`, 300_000_000);
    const measure = "import resource,subprocess,sys\n" +
      "code=subprocess.run(sys.argv[1:]).returncode\n" +
      "print(code,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    const flags = ["querystore", "--store", "localfs", "--mimestore.path", folder.path, "verify"];
    const { stdout } = await new Deno.Command("python3", {
      args: ["-c", measure, ...izypop3Command(), ...flags],
    }).output();
    const [code, kilobytes] = new TextDecoder().decode(stdout).trim().split(" ");
    assertEquals(code, "0");
    assert(Number(kilobytes) < 250_000, `${kilobytes} KB`);
  },
);
