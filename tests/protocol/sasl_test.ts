import { assertEquals } from "@std/assert";
import { revealsSecret, SASL_MECHANISMS, saslMechanism } from "../../lib/protocol/sasl.ts";

Deno.test("a mechanism is found by its name in any case", () => {
  assertEquals(saslMechanism("plain"), "PLAIN");
  assertEquals(saslMechanism("Scram-Sha-256"), "SCRAM-SHA-256");
  for (const unknown of ["", "CRAM-MD5", "PLAIN ", "SCRAM-SHA-256-PLUS", "__proto__"]) {
    assertEquals(saslMechanism(unknown), undefined, unknown);
  }
});

Deno.test("only SCRAM keeps the secret from who listens", () => {
  assertEquals(SASL_MECHANISMS.filter((name) => !revealsSecret(name)), ["SCRAM-SHA-256"]);
});
