import { assertEquals, assertThrows } from "@std/assert";
import { CertificateError } from "../../lib/net/errors.ts";
import { certificatesInPem, derOf } from "../../lib/net/tls.ts";

const ONE = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
const TWO = "-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQI=\r\n-----END CERTIFICATE-----";

Deno.test("certificates are found among whatever else is in a PEM file", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
  assertEquals(certificatesInPem(`Subject: x\n${ONE}\n${key}\n\n${TWO}`, "ca.pem"), [ONE, TWO]);
  assertEquals([...derOf(TWO, "ca.pem")], [0x30, 3, 2, 1, 2]);
});

Deno.test("a file without a certificate is an error, not an empty list", () => {
  for (const pem of ["", "garbage", "-----BEGIN CERTIFICATE-----\nMAMCAQE="]) {
    assertThrows(() => certificatesInPem(pem, "ca.pem"), CertificateError, "Cannot use ca.pem");
  }
  const damaged = ONE.replace("MAMC", "M*MC");
  assertThrows(() => certificatesInPem(damaged, "ca.pem"), CertificateError, "damaged");
});
