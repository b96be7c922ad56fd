import { assert, assertEquals } from "@std/assert";
import { corpus, onTheWire, pythonMessages } from "./corpus.ts";
import { whatIsMissing } from "./permissions.ts";
import { latin1, text } from "./random.ts";

Deno.test("the corpus is the same every time, and no two of its messages share a name", () => {
  assertEquals(corpus(), corpus());
  const names = corpus().map((message) => message.name);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("the yardstick repairs line endings and nothing else", () => {
  const wire = (message: string) => text(onTheWire(latin1(message)));
  assertEquals(wire(""), "");
  assertEquals(wire("a"), "a\r\n");
  assertEquals(wire("\n\na\r\n"), "\r\n\r\na\r\n");
  assertEquals(wire("\r\r\n\r"), "\r\r\n\r\r\n");
  assertEquals(wire("a\0\xff\r.\n."), "a\0\xff\r.\r\n.\r\n");
});

const missing = whatIsMissing({ read: true }) ??
  (pythonMessages() === undefined ? "package libpython3.11-testsuite" : undefined);

Deno.test({
  name: `Python's own e-mail messages are in use${
    missing === undefined ? "" : ` (needs ${missing})`
  }`,
  ignore: missing !== undefined,
  fn() {
    const messages = pythonMessages() ?? [];
    assert(messages.length > 40, `only ${messages.length} messages`);
    assert(messages.every((message) => message.octets.length > 0));
  },
});
