import { assertEquals } from "@std/assert";
import { withTables } from "../../tools/readme.ts";
import { permitted } from "../helpers/permissions.ts";

permitted({ read: true }, "the README's tables of flags are those of the program", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertEquals(readme, withTables(readme), "run: deno task readme");
});
