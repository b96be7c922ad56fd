import { assertEquals, assertThrows } from "@std/assert";
import { LineEditor } from "../../lib/cli/ask_secret.ts";

function typed(...keys: string[]): { text: string; ended: boolean } {
  const editor = new LineEditor();
  const ended = keys.some((key) => editor.type(new TextEncoder().encode(key)));
  return { text: new TextDecoder().decode(editor.line), ended };
}

Deno.test("a typed line ends with return, or with the end of input", () => {
  assertEquals(typed("pass", "word\r"), { text: "password", ended: true });
  assertEquals(typed(" a b \n"), { text: " a b ", ended: true });
  assertEquals(typed("x\x04"), { text: "x", ended: true });
  assertEquals(typed("x"), { text: "x", ended: false });
});

Deno.test("backspace takes a whole character away, Ctrl-U all of them", () => {
  assertEquals(typed("aé€\x7f\x08b\r").text, "ab");
  assertEquals(typed("\x7f\x7fa\r").text, "a");
  assertEquals(typed("wrong\x15right\r").text, "right");
});

Deno.test("Ctrl-C ends the question where the terminal does not make a signal of it", () => {
  assertThrows(() => typed("ab\x03"), Deno.errors.Interrupted);
});
