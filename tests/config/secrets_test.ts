import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { InputError } from "../../lib/config/errors.ts";
import { readSecret, type SecretForms } from "../../lib/config/secrets.ts";
import { permitted } from "../helpers/permissions.ts";

const NONE: SecretForms = { value: undefined, file: undefined, command: undefined };

Deno.test("a secret that was given as such is taken as it is", async () => {
  assertEquals(await readSecret("pass", { ...NONE, value: " 00123 " }), " 00123 ");
  assertEquals(await readSecret("pass", NONE), undefined);
});

permitted({ read: true, write: true }, "of a file the first line is the secret", async () => {
  const file = await Deno.makeTempFile();
  try {
    for (const text of [" a b ", " a b \n", " a b \r\n", " a b \nsecond line\n"]) {
      await Deno.writeTextFile(file, text);
      assertEquals(await readSecret("pass", { ...NONE, file }), " a b ");
    }
    await Deno.writeTextFile(file, "\nsecond line\n");
    await assertRejects(() => readSecret("pass", { ...NONE, file }), InputError, "is empty");
    await Deno.writeTextFile(file, "\ufeffk\u00e4se\r\n");
    assertEquals(await readSecret("pass", { ...NONE, file }), "k\u00e4se");
    await Deno.writeFile(file, Uint8Array.from([0x6b, 0xe4, 0x73, 0x65]));
    await assertRejects(() => readSecret("pass", { ...NONE, file }), InputError, "not in UTF-8");
  } finally {
    await Deno.remove(file);
  }
  await assertRejects(() => readSecret("pass", { ...NONE, file }), InputError, "no such file");
});

permitted({ run: true }, "of a command the first line of output is the secret", async () => {
  const command = "echo 'two words'; echo more";
  assertEquals(await readSecret("pass", { ...NONE, command }), "two words");
});

permitted({ run: true }, "a command that fails or is silent gives no secret", async () => {
  const failing = await assertRejects(
    () => readSecret("pass", { ...NONE, command: "echo hunter2; exit 3" }),
    InputError,
    "exit code 3",
  );
  assertFalse(failing.message.includes("hunter2"));
  await assertRejects(
    () => readSecret("pass", { ...NONE, command: "exit 0" }),
    InputError,
    "printed nothing",
  );
});
